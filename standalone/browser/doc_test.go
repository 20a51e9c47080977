// Package browser_test drives the settings pages in a real browser, as people do:
// by what is written on the pages, in French and in English. The product and the
// sandbox around it run as processes of their own.
//
// It needs Chromium (with Debian's chromium-l10n, or date fields of French pictures are
// American) and, for the accessibility checks, npm once: what is missing is skipped with
// a message, and is an error where CI is "true". With
// FIGGOSYNC_SCREENSHOTS=DIR the pages that the guides show are written to DIR/fr
// and DIR/en. FIGGOSYNC_BINARY names a binary to test instead of building one.
package browser_test
