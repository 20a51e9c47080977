package engine

import (
	"context"
	"errors"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// blocking is a data converter that panics where a workflow is given something that
// cannot be decrypted. The SDK would drop a signal, and fail a workflow with such an
// input: a change that was accepted would be lost. A panic fails the workflow task,
// which Temporal tries again, loudly, until a worker has the key.
type blocking struct {
	converter.DataConverter
	inWorkflow bool
}

var (
	_ converter.ContextAware                          = blocking{}
	_ converter.DataConverterWithSerializationContext = blocking{}
)

// NewDataConverter returns the converter of clients and workers that encrypt.
func NewDataConverter(codec converter.PayloadCodec) converter.DataConverter {
	return blocking{DataConverter: converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec)}
}

// WithWorkflowContext implements converter.ContextAware.
func (b blocking) WithWorkflowContext(workflow.Context) converter.DataConverter {
	return blocking{b.DataConverter, true}
}

// WithContext implements converter.ContextAware.
func (b blocking) WithContext(context.Context) converter.DataConverter { return b }

// WithSerializationContext implements converter.DataConverterWithSerializationContext.
func (b blocking) WithSerializationContext(ctx converter.SerializationContext) converter.DataConverter {
	return blocking{converter.WithDataConverterSerializationContext(b.DataConverter, ctx), b.inWorkflow}
}

// FromPayload implements converter.DataConverter.
func (b blocking) FromPayload(payload *commonpb.Payload, value any) error {
	return b.block(b.DataConverter.FromPayload(payload, value))
}

// FromPayloads implements converter.DataConverter.
func (b blocking) FromPayloads(payloads *commonpb.Payloads, values ...any) error {
	return b.block(b.DataConverter.FromPayloads(payloads, values...))
}

func (b blocking) block(err error) error {
	if b.inWorkflow && errors.Is(err, ErrUndecodable) {
		panic(err)
	}
	return err
}
