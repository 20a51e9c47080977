// Uses Microsoft's own JavaScript client of Graph as an application would: signs in
// with client credentials, creates, finds by extended property, updates, pages and
// deletes. Arguments: a directory with node_modules, and a JSON object.
import { createRequire } from "node:module";
import { join } from "node:path";

const [directory, argument] = process.argv.slice(2);
const given = JSON.parse(argument);
const { Client, PageIterator } = createRequire(join(directory, "x.js"))("@microsoft/microsoft-graph-client");

const property = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name LeaveKey";
const tokens = [];

async function accessToken() {
  const answer = await fetch(`${given.authorityUrl}/${given.tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials", client_id: given.clientId, client_secret: given.clientSecret,
      scope: new URL(given.graphUrl).origin + "/.default",
    }),
  });
  const body = await answer.json();
  tokens.push(body.token_type);
  return body.access_token;
}

const graph = new URL(given.graphUrl);
const client = Client.initWithMiddleware({
  authProvider: { getAccessToken: accessToken },
  baseUrl: given.graphUrl.replace(/v1\.0$/, ""), defaultVersion: "v1.0", customHosts: new Set([graph.hostname]),
});
const events = `/users/${given.mailbox}/calendar/events`;
const event = (key, day) => ({
  subject: `Absent ${key}`, showAs: "oof", isReminderOn: false,
  // With an offset, as many clients write times.
  start: { dateTime: `2026-12-${day}T09:00:00.000Z`, timeZone: "UTC" }, end: { dateTime: `2026-12-${day}T11:00:00+00:00`, timeZone: "UTC" },
  singleValueExtendedProperties: [{ id: property, value: key }],
});
const find = (key) => client.api(events)
  .filter(`singleValueExtendedProperties/Any(ep: ep/id eq '${property}' and ep/value eq '${key}')`)
  .expand(`singleValueExtendedProperties($filter=id eq '${property}')`).get();
const failure = async (promise) => promise.then(() => null, (e) => ({ status: e.statusCode, code: e.code }));

const created = await client.api(events).post(event("first", 14));
const found = await find("first");
const updated = await client.api(`${events}/${created.id}`).patch({ subject: "Away" });
for (const day of [15, 16, 17, 18]) await client.api(events).post(event(`more-${day}`, day));
const subjects = [];
const first = await client.api(events).top(2).select("subject,start").orderby("start/dateTime").get();
await new PageIterator(client, first, (e) => { subjects.push(e.subject); return true; }).iterate();
await client.api(`${events}/${created.id}`).delete();

console.log(JSON.stringify({
  tokens: [...new Set(tokens)],
  created: { subject: created.subject, showAs: created.showAs, start: created.start, properties: created.singleValueExtendedProperties ?? null },
  found: found.value.map((e) => ({ same: e.id === created.id, properties: e.singleValueExtendedProperties })),
  updated: { subject: updated.subject, start: updated.start.dateTime },
  subjects, left: (await find("first")).value.length,
  deletedTwice: await failure(client.api(`${events}/${created.id}`).delete()),
  notImitated: await failure(client.api(events).filter("subject eq 'Away'").get()),
  nobody: await failure(client.api("/users/nobody@example.com/calendar/events").get()),
}));
