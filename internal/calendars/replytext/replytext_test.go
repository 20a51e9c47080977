package replytext_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/figgosync/figgosync/internal/calendars/replytext"
)

func TestTextsThereAndBack(t *testing.T) {
	t.Parallel()
	for text, html := range map[string]string{
		"":                           "",
		" \n":                        "",
		"Zurück am Montag":           "<div>Zurück am Montag</div>",
		"a < b & c > d":              "<div>a &lt; b &amp; c &gt; d</div>",
		"one\r\ntwo\n\nfour":         "<div>one<br>\ntwo<br>\n<br>\nfour</div>",
		`<script>x()</script> "'`:    "<div>&lt;script&gt;x()&lt;/script&gt; &#34;&#39;</div>",
		"</div></body></html> sneak": "<div>&lt;/div&gt;&lt;/body&gt;&lt;/html&gt; sneak</div>",
	} {
		if got := replytext.HTML(text); got != html {
			t.Errorf("%q is %q, want %q", text, got, html)
		}
		want := strings.TrimSpace(strings.ReplaceAll(text, "\r", ""))
		for _, document := range []string{html, "<html>\n<head><title>x</title></head>\n<body>\n" + html + "\n</body>\n</html>\n"} {
			if got := replytext.Text(document); got != want {
				t.Errorf("%q reads %q, want %q", document, got, want)
			}
		}
	}
}

func TestWordsOfWhatServersMake(t *testing.T) {
	t.Parallel()
	for html, want := range map[string]string{
		"<p>one</p><p>two</p>": "one\ntwo",
		"<div><b>Bo</b>ld\n  words&nbsp;here</div><ul><li>a</li><li>b</li></ul>":                    "Bold words here\na\nb",
		"<html><head><style>p{}</style></head><body>x<br/><br/>y<script>z()</script></body></html>": "x\n\ny",
		"plain words": "plain words",
	} {
		if got := replytext.Text(html); got != want {
			t.Errorf("%q reads %q, want %q", html, got, want)
		}
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"<html>\n<body>\n<p style=\"color:red\">a<br>b &amp; c</p>\n</body>\n</html>\n": "<p style=\"color:red\">a<br/>b &amp; c</p>",
		"<p>a": "<p>a",
		"":     "",
		"<HTML><BODY bgcolor=\"#fff\">words</BODY></HTML>": "words",
	} {
		if got := replytext.Body(document); got != want {
			t.Errorf("of %q: %q, want %q", document, got, want)
		}
	}
}

// Whatever somebody writes, it is read as it was written, and is no element of HTML.
func TestAnyTextIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringMatching(`[a-zäéœ<>&;"'/=#0-9]{1,12}( [a-z<&>;]{1,5})?`)).Draw(t, "lines")
		text := strings.Join(lines, "\n")
		if got := replytext.Text("<html><body>" + replytext.HTML(text) + "</body></html>"); got != text {
			t.Fatalf("%q is read as %q", text, got)
		}
	})
}
