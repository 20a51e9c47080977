package browser_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/chromedp/cdproto/network"
)

// post is a form of a page as a program sees it that sends its own requests: no
// browser checks what is put into the fields.
type post struct {
	// Page is where the form is, Action where it is sent to.
	Page, Action string
	Multipart    bool
	// Values are what the page filled in.
	Values url.Values
	// Upload are the contents of files, by field.
	Upload map[string]string
	Fields []formField
}

// formField is one field of a form.
type formField struct {
	Name, Type string
	Hidden     bool
}

// machine sends requests of its own with a visitor's session.
type machine struct {
	t       *testing.T
	r       *rehearsal
	cookies string
	lang    string
}

// machine takes the visitor's cookies.
func (v *visitor) machine() *machine {
	v.t.Helper()
	var cookies []string
	for _, cookie := range send(v, network.GetCookies, network.GetCookiesParams{URLs: []string{v.r.URL}}).Cookies {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	return &machine{t: v.t, r: v.r, cookies: strings.Join(cookies, "; "), lang: string(v.loc.Lang)}
}

// answer is what came back.
type answer struct {
	Status   int
	Location string
	Body     []byte
}

// do makes a request as a browser would on one of our own pages.
func (m *machine) do(method, path, contentType string, body io.Reader) answer {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), httpClient.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, m.r.URL+path, body)
	if err != nil {
		m.t.Fatal(err)
	}
	request.Header.Set("Cookie", m.cookies)
	request.Header.Set("Accept-Language", m.lang)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Origin", m.r.URL)
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	client := *httpClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{response.StatusCode, response.Header.Get("Location"), text}
}

// get gets a page.
func (m *machine) get(path string) answer {
	m.t.Helper()
	return m.do(http.MethodGet, path, "", nil)
}

// send sends a form with these values.
func (m *machine) send(form post, values url.Values) answer {
	m.t.Helper()
	if !form.Multipart {
		return m.do(http.MethodPost, form.Action, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
	}
	var body bytes.Buffer
	writer := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if err := writer.WriteField(name, value); err != nil {
				m.t.Fatal(err)
			}
		}
	}
	for name, content := range form.Upload {
		part, err := writer.CreateFormFile(name, "file.txt")
		if err != nil {
			m.t.Fatal(err)
		}
		_, _ = io.WriteString(part, content)
	}
	if err := writer.Close(); err != nil {
		m.t.Fatal(err)
	}
	return m.do(http.MethodPost, form.Action, writer.FormDataContentType(), &body)
}

// with is a form's values with one of them replaced.
func (p post) with(name, value string) url.Values {
	values := maps.Clone(p.Values)
	values[name] = []string{value}
	return values
}

// formsOn are the forms of a page that change something.
func formsOn(t *testing.T, page string, body []byte) []post {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var all []post
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || node.Data != "form" || !strings.EqualFold(attribute(node, "method"), "post") {
			continue
		}
		form := post{
			Page: page, Action: withoutFragment(attribute(node, "action")), Values: url.Values{},
			Multipart: attribute(node, "enctype") == "multipart/form-data",
		}
		for field := range node.Descendants() {
			form.take(field)
		}
		all = append(all, form)
	}
	return all
}

// take takes a field as a browser would send it.
func (p *post) take(node *html.Node) {
	name := attribute(node, "name")
	if node.Type != html.ElementNode || name == "" {
		return
	}
	kind := strings.ToLower(attribute(node, "type"))
	switch node.Data {
	case "input":
		if kind == "radio" || kind == "checkbox" {
			if has(node, "checked") {
				p.Values.Add(name, attribute(node, "value"))
			}
			break
		}
		if kind != "file" && kind != "submit" {
			p.Values.Add(name, attribute(node, "value"))
		}
	case "textarea":
		kind = "textarea"
		p.Values.Add(name, textOf(node))
	case "select":
		kind = "select"
		p.Values.Add(name, chosen(node))
	default:
		return
	}
	p.Fields = append(p.Fields, formField{Name: name, Type: kind, Hidden: kind == "hidden"})
}

// chosen is the value of a list's chosen option, the first one's where none is.
func chosen(node *html.Node) string {
	value, first := "", true
	for option := range node.Descendants() {
		if option.Data == "option" && (first || has(option, "selected")) {
			value, first = attribute(option, "value"), false
		}
	}
	return value
}

// marked tells whether a page says at a field that it is wrong, and why.
func marked(t *testing.T, body []byte, name string) bool {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && attribute(node, "name") == name {
			for at := node; at != nil; at = at.Parent {
				if strings.Contains(" "+attribute(at, "class")+" ", " wrong ") {
					return hasError(at)
				}
			}
		}
	}
	return false
}

func hasError(node *html.Node) bool {
	for inner := range node.Descendants() {
		if strings.Contains(attribute(inner, "class"), "error") && plain(textOf(inner)) != "" {
			return true
		}
	}
	return false
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(node *html.Node, name string) bool {
	return slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func textOf(node *html.Node) string {
	var out strings.Builder
	for inner := range node.Descendants() {
		if inner.Type == html.TextNode {
			out.WriteString(inner.Data)
		}
	}
	return out.String()
}

func withoutFragment(address string) string {
	address, _, _ = strings.Cut(address, "#")
	return address
}
