package browser_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// goes opens a page of figgosync by its path, or any by its address: one
// interaction, as if it were typed.
func (v *visitor) goes(address string) {
	v.t.Helper()
	v.did++
	if strings.HasPrefix(address, "/") {
		address = v.r.URL + address
	}
	must(v, chromedp.Do(v.ctx, chromedp.Navigate(address)), "open "+address)
	v.settle()
}

// reloads loads the page again.
func (v *visitor) reloads() {
	v.t.Helper()
	v.did++
	must(v, chromedp.Do(v.ctx, chromedp.Reload()), "reload")
	v.settle()
}

// goesBack is the back button.
func (v *visitor) goesBack() {
	v.t.Helper()
	v.did++
	_ = chromedp.Do(v.ctx, chromedp.NavigateBack()) // a page from the back-forward cache fires no load event
	v.settle()
}

// clicks clicks on the button or link of this name, in a part of the page when one
// is named.
func (v *visitor) clicks(name string, within ...string) {
	v.t.Helper()
	v.clickOn(v.find(name, strings.Join(within, ""), buttons), 1)
	v.settle()
}

// doubleClicks clicks twice, as impatient people do, and does not wait in between.
func (v *visitor) doubleClicks(name string, within ...string) {
	v.t.Helper()
	v.clickOn(v.find(name, strings.Join(within, ""), buttons), 2)
	v.settle()
}

// ticks clicks on the box or the choice of this name.
func (v *visitor) ticks(name string, within ...string) {
	v.t.Helper()
	v.clickOn(v.find(name, strings.Join(within, ""), []string{"checkbox", "radio", "switch"}), 1)
	v.settle()
}

// clickOn presses the mouse on a thing, which must not be covered by another.
func (v *visitor) clickOn(target thing, times int) {
	v.t.Helper()
	x, y := v.point(target)
	for i := range times {
		v.did++
		must(v, chromedp.Do(v.ctx, chromedp.MouseClickXY(x, y, chromedp.ClickCount(i+1))), "click on "+target.name)
	}
}

// point is where to click a thing: its middle, once it is in view and the page around
// it stands still.
func (v *visitor) point(target thing) (x, y float64) {
	v.t.Helper()
	other := ""
	for deadline := time.Now().Add(timeout / 6); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if x, y, other = v.middle(target); other == "" {
			return x, y
		}
	}
	v.t.Fatalf("%s %q cannot be clicked, it is covered by %s\n%s", target.role, target.name, other, v.where())
	return x, y
}

// middle is the middle of a thing in view, with what covers it there, "" for nothing.
func (v *visitor) middle(target thing) (x, y float64, other string) {
	v.t.Helper()
	send(v, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: target.id})
	quads := send(v, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: target.id}).Quads
	if len(quads) == 0 {
		v.t.Fatalf("%s %q has no place on the page\n%s", target.role, target.name, v.where())
	}
	for i := 0; i < 8; i += 2 {
		x, y = x+quads[0][i]/4, y+quads[0][i+1]/4
	}
	const hit = `function(x, y) {
		const top = document.elementFromPoint(x, y);
		const same = top && (this === top || this.contains(top) || top.contains(this) || [...this.labels || []].some(l => l.contains(top)));
		return same ? "" : (top ? top.outerHTML.slice(0, 200) : "nothing");
	}`
	return x, y, on[string](v, target, hit, x, y)
}

// on calls a function of JavaScript with the thing as this.
func on[T any](v *visitor, target thing, function string, args ...any) T {
	v.t.Helper()
	object := send(v, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: target.id}).Object
	result, err := chromedp.Run(v.ctx, chromedp.CallFunctionOn[T](function, func(p *runtime.CallFunctionOnParams) {
		p.ObjectID = object.ObjectID
	}, args...))
	must(v, err, "look at "+target.name)
	return result
}

// fills replaces what is in the field of this label: one interaction.
func (v *visitor) fills(label, text string, within ...string) {
	v.t.Helper()
	target := v.find(label, strings.Join(within, ""), fields)
	v.did++
	switch target.role {
	case "Date", "InputTime", "DateTime":
		v.set(target, text)
	default:
		x, y := v.point(target)
		must(v, chromedp.Do(v.ctx, chromedp.MouseClickXY(x, y)), "click on "+label)
		on[chromedp.Void](v, target, "function() { this.select ? this.select() : 0 }")
		if text == "" {
			v.press('\b')
		} else {
			send(v, input.InsertText, input.InsertTextParams{Text: text})
		}
	}
	v.settle()
}

// types is fills for a secret, which must be found nowhere afterwards.
func (v *visitor) types(label, secret string, within ...string) {
	v.t.Helper()
	v.r.Secrets.add(label+" "+fmt.Sprint(len(secret)), secret)
	v.fills(label, secret, within...)
}

// set gives a field a value where the keys to press depend on the system.
func (v *visitor) set(target thing, value string) {
	v.t.Helper()
	on[chromedp.Void](v, target, `function(value) {
		this.focus(); this.value = value;
		this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true}));
	}`, value)
}

// chooses takes one of the choices of a list: one interaction.
func (v *visitor) chooses(label, choice string, within ...string) {
	v.t.Helper()
	target := v.find(label, strings.Join(within, ""), []string{"combobox", "listbox"})
	v.did++
	const choose = `function(choice) {
		const plain = text => text.split(/\s+/).filter(Boolean).join(" ");
		const option = [...this.options].find(o => plain(o.label) === choice) || [...this.options].find(o => plain(o.label).startsWith(choice));
		if (!option) return [...this.options].map(o => o.label).join(", ");
		this.focus(); this.value = option.value;
		this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true}));
		return "";
	}`
	if there := on[string](v, target, choose, plain(choice)); there != "" {
		v.t.Fatalf("%q has no choice %q, only %s\n%s", label, choice, there, v.where())
	}
	v.settle()
}

// uploads chooses a file: one interaction.
func (v *visitor) uploads(label, file string) {
	v.t.Helper()
	target := v.find(label, "", fields)
	v.did++
	send(v, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{file}, BackendNodeID: target.id})
	v.settle()
}

// presses presses keys, each one interaction.
func (v *visitor) presses(keys string, modifiers ...chromedp.Modifier) {
	v.t.Helper()
	for _, key := range keys {
		v.did++
		v.press(key, modifiers...)
	}
	v.settle()
}

// press presses a key as a keyboard does: one event that types its text, unless a
// modifier is held, and one for letting go. A text sent by itself would go to
// whatever the key has just given the focus to.
func (v *visitor) press(key rune, modifiers ...chromedp.Modifier) {
	v.t.Helper()
	events := kb.Encode(key)
	down, up := *events[0], *events[len(events)-1]
	for _, modifier := range modifiers {
		down.Modifiers, up.Modifiers = down.Modifiers|int64(modifier), up.Modifiers|int64(modifier)
	}
	down.Type = input.DispatchKeyEventTypeRawKeyDown
	if typed := events[1]; typed.Type == kb.KeyChar && len(modifiers) == 0 {
		down.Type, down.Text, down.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, typed.Text, typed.UnmodifiedText
	}
	send(v, input.DispatchKeyEvent, down)
	send(v, input.DispatchKeyEvent, up)
}

// holds is what the field of this label holds.
func (v *visitor) holds(label string, within ...string) string {
	v.t.Helper()
	return on[string](v, v.find(label, strings.Join(within, ""), fields), "function() { return String(this.value) }")
}

// closes leaves the page, as a person who closes the tab.
func (v *visitor) closes() {
	v.t.Helper()
	send(v, page.Navigate, page.NavigateParams{URL: "about:blank"})
	time.Sleep(100 * time.Millisecond)
}
