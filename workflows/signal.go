package workflows

import "go.temporal.io/sdk/workflow"

// Signal is a signal's name with the type it carries, so that sender and
// receiver cannot disagree.
type Signal[T any] struct{ Name string }

// receive hands every waiting signal to store and returns how many there were.
func (s Signal[T]) receive(ctx workflow.Context, store func(T)) int {
	channel, count := workflow.GetSignalChannel(ctx, s.Name), 0
	for {
		var value T
		if !channel.ReceiveAsync(&value) {
			return count
		}
		store(value)
		count++
	}
}

// addTo makes the selector store this signal when it comes. A signal that cannot
// be decoded is dropped by the SDK: Receive would then block for the next one,
// and the whole workflow with it, so ReceiveAsync it is.
func (s Signal[T]) addTo(ctx workflow.Context, selector workflow.Selector, store func(T)) {
	selector.AddReceive(workflow.GetSignalChannel(ctx, s.Name), func(channel workflow.ReceiveChannel, _ bool) {
		var value T
		if channel.ReceiveAsync(&value) {
			store(value)
		}
	})
}
