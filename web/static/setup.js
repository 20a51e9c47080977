// What the setup pages do beyond htmx.
