// Package browser_test drives the settings pages in a real browser, as people do.
package browser_test

import (
	_ "github.com/chromedp/chromedp"
)
