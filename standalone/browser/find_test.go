package browser_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
)

// timeout is how long a test waits for what must come: long, because the machine
// may be busy.
const timeout = 60 * time.Second

// roles of the accessibility tree, as Chromium names them.
var (
	buttons = []string{"button", "link", "DisclosureTriangle", "menuitem", "tab"}
	fields  = []string{"textbox", "searchbox", "combobox", "listbox", "spinbutton", "Date", "InputTime", "checkbox", "radio", "switch", "button"}
	// parts are what a page groups things by.
	parts = []string{"group", "region", "article", "row", "form", "listitem", "radiogroup", "table", "navigation", "main", "Section"}
)

// thing is something on the page, as a screen reader knows it.
type thing struct {
	id         cdp.BackendNodeID
	node       accessibility.NodeID
	role, name string
}

// send runs a command of the DevTools protocol.
func send[P, R any](v *visitor, command cdp.Command[P, R], params P) R {
	v.t.Helper()
	result, err := chromedp.Call(v.ctx, command, params)
	must(v, err, command.Method)
	return result
}

// evaluate runs a script in the page and again while the page is being replaced.
func evaluate[T any](v *visitor, script string) T {
	v.t.Helper()
	var value T
	var err error
	for range 20 {
		if value, err = chromedp.Run(v.ctx, chromedp.Evaluate[T](script)); err == nil {
			return value
		}
		time.Sleep(100 * time.Millisecond)
	}
	must(v, err, "run "+script)
	return value
}

// settle waits until the page has loaded and nothing is under way, but for events.
func (v *visitor) settle() {
	v.t.Helper()
	time.Sleep(60 * time.Millisecond)
	waiting := ""
	for deadline := time.Now().Add(2 * timeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var quiet bool
		if waiting, quiet = v.quiet(); quiet && evaluate[string](v, "document.readyState") == "complete" {
			return
		}
	}
	v.t.Fatalf("the page does not come to rest: %s\n%s", waiting, v.where())
}

// tree is what the page is to a screen reader.
func (v *visitor) tree() []*accessibility.Node {
	result, err := chromedp.Call(v.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return nil // the page is being replaced
	}
	return result.Nodes
}

// find waits for the one thing of one of these roles with this name, inside of the
// part named within, unless that is "".
func (v *visitor) find(name, within string, roles []string) thing {
	v.t.Helper()
	var there []thing
	for deadline := time.Now().Add(timeout / 3); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		there = v.all(within, roles)
		switch found := named(there, name); {
		case len(found) == 1 && !v.isReplaced(found[0]):
			return found[0]
		case len(found) > 1:
			v.t.Fatalf("%d things are named %q: %v\n%s", len(found), name, found, v.where())
		}
	}
	v.t.Fatalf("nothing is named %q; there are:\n  %s\n%s", name, strings.Join(names(there), "\n  "), v.where())
	return thing{}
}

// has tells whether there is something of this name now.
func (v *visitor) has(name string, roles []string) bool {
	v.t.Helper()
	return len(named(v.all("", roles), name)) > 0
}

// named are the things of this very name, or else those whose name begins with it:
// a field's name may go on with what it holds or that it may be left empty.
func named(all []thing, name string) []thing {
	name = plain(name)
	exact := slices.DeleteFunc(slices.Clone(all), func(t thing) bool { return t.name != name })
	if len(exact) > 0 {
		return exact
	}
	return slices.DeleteFunc(slices.Clone(all), func(t thing) bool { return !strings.HasPrefix(t.name, name) })
}

func names(all []thing) []string {
	var out []string
	for _, t := range all {
		out = append(out, fmt.Sprintf("%s %q", t.role, t.name))
	}
	return out
}

// all lists the things of these roles, inside of a part of the page or everywhere.
func (v *visitor) all(within string, roles []string) []thing {
	nodes := v.tree()
	var found []thing
	inside := func(accessibility.NodeID) bool { return true }
	if within != "" {
		inside = insideOf(nodes, within)
	}
	for _, node := range nodes {
		role := value(node.Role)
		if !node.Ignored && slices.Contains(roles, role) && inside(node.NodeID) {
			found = append(found, thing{node.BackendDOMNodeID, node.NodeID, role, plain(value(node.Name))})
		}
	}
	return found
}

// insideOf tells which nodes are in a part whose name begins so, or, for a row or an
// item of a list, that has it in it.
func insideOf(nodes []*accessibility.Node, name string) func(accessibility.NodeID) bool {
	parents := map[accessibility.NodeID]accessibility.NodeID{}
	chosen := map[accessibility.NodeID]bool{}
	for _, node := range nodes {
		parents[node.NodeID] = node.ParentID
		if slices.Contains(parts, value(node.Role)) && strings.HasPrefix(plain(value(node.Name)), plain(name)) {
			chosen[node.NodeID] = true
		}
	}
	return func(id accessibility.NodeID) bool {
		for ; id != ""; id = parents[id] {
			if chosen[id] {
				return true
			}
		}
		return false
	}
}

func value(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var text string
	if err := json.Unmarshal(v.Value, &text); err != nil {
		return string(v.Value)
	}
	return text
}

// plain is a text as it is compared: one ordinary space for any.
func plain(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "\u2011", "-")
}

// text is what can be read on the page now.
func (v *visitor) text() string {
	v.t.Helper()
	return plain(evaluate[string](v, "document.body ? document.body.innerText : ''"))
}

// path is the page's address without the host.
func (v *visitor) path() string {
	v.t.Helper()
	return evaluate[string](v, "location.pathname + location.search")
}

// sees waits until a text can be read on the page.
func (v *visitor) sees(text string) {
	v.t.Helper()
	v.waits(func() bool { return strings.Contains(v.text(), plain(text)) }, fmt.Sprintf("%q can be read", text))
}

// doesNotSee checks that a text cannot be read on the page.
func (v *visitor) doesNotSee(text string) {
	v.t.Helper()
	if strings.Contains(v.text(), plain(text)) {
		v.t.Errorf("%q can be read\n%s", text, v.where())
	}
}

// waits waits until something holds.
func (v *visitor) waits(until func() bool, what string) {
	v.t.Helper()
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if until() {
			return
		}
	}
	v.t.Fatalf("waited in vain until %s\n%s", what, v.where())
}

// waitsWhile waits until something holds, for as long as what moves goes on: on a busy
// machine that may take many times longer.
func (v *visitor) waitsWhile(moves func() string, until func() bool, what string) {
	v.t.Helper()
	last, deadline := moves(), time.Now().Add(timeout)
	for ; time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if until() {
			return
		}
		if now := moves(); now != last {
			last, deadline = now, time.Now().Add(timeout)
		}
	}
	v.t.Fatalf("waited in vain until %s\n%s", what, v.where())
}

// where tells what the visitor has before the eyes.
func (v *visitor) where() string {
	address, _ := chromedp.Run(v.ctx, chromedp.Evaluate[string]("location.pathname"))
	text, _ := chromedp.Run(v.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	return fmt.Sprintf("on the page %s:\n%s", address, tail(text, 120))
}

// isReplaced tells that a page which draws itself anew has replaced a thing meanwhile.
func (v *visitor) isReplaced(one thing) bool {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: one.id})
	return err != nil && strings.Contains(err.Error(), "detached")
}
