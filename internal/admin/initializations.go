package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// mostEmployees bounds the number a confirmation names.
const mostEmployees = 10_000_000

// maxID bounds ids that come from outside. Temporal takes 1000 bytes.
const maxID = 255

// StartInitialization starts one and returns its short id. The same key again is
// the same initialization, whatever the input; "" is a new one. The input is
// checked first: *settings.InvalidError. Without Temporal it is ErrEngineDown.
func (s *Service) StartInitialization(ctx context.Context, by settings.Author, input workflows.InitializationInput,
	key string) (id string, err error) {
	synchronization, err := s.checkInitialization(ctx, input, key)
	if err != nil {
		return "", err
	}
	workflowID, err := s.config.Engine.StartInitialization(ctx, synchronization.Source, input, key)
	if err != nil {
		return "", engine(err)
	}
	id = starter.ShortID(workflowID)
	s.noteStarted(ctx, by, settings.KindInitialization, id, startedFields(input))
	return id, nil
}

func startedFields(input workflows.InitializationInput) []settings.FieldChange {
	fields := []settings.FieldChange{{Field: "synchronization", To: input.Synchronization}}
	if !input.Since.IsZero() {
		fields = append(fields, settings.FieldChange{Field: "since", To: input.Since.String()})
	}
	if len(input.LegalEntities) > 0 {
		fields = append(fields, settings.FieldChange{Field: "legalEntities",
			To: strings.Join(input.LegalEntities, ", ")})
	}
	return append(fields, settings.FieldChange{Field: "dryRun", To: strconv.FormatBool(input.DryRun)})
}

// checkKey refuses a key that is too long, or no text.
func checkKey(key string) error {
	if len(key) > maxID || !utf8.ValidString(key) {
		return invalid("key", settings.CodeTooLong, "limit", strconv.Itoa(maxID))
	}
	return nil
}

// checkInitialization tells at once what is wrong, instead of a failed workflow.
func (s *Service) checkInitialization(ctx context.Context, input workflows.InitializationInput,
	key string) (settings.Synchronization, error) {
	if err := checkKey(key); err != nil {
		return settings.Synchronization{}, err
	}
	if input.Synchronization == "" {
		return settings.Synchronization{}, invalid("synchronization", settings.CodeRequired)
	}
	record, err := s.synchronizationRecord(ctx, input.Synchronization)
	synchronization := record.Value
	if errors.Is(err, settings.ErrNotFound) {
		return synchronization, invalid("synchronization", CodeUnknownSynchronization, "name", input.Synchronization)
	}
	if err != nil {
		return synchronization, err
	}
	if synchronization.Paused && !input.DryRun {
		return synchronization, invalid("synchronization", CodePaused, "synchronization", synchronization.Name)
	}
	if input.Confirm < 0 || input.Confirm > mostEmployees {
		return synchronization, invalid("confirm", settings.CodeBadNumber, "least", "0", "most",
			strconv.Itoa(mostEmployees))
	}
	var problems []settings.Problem
	for i, legalEntity := range input.LegalEntities {
		if !slices.Contains(synchronization.LegalEntities, legalEntity) {
			problems = append(problems, settings.Problem{Field: "legalEntities." + strconv.Itoa(i),
				Code: CodeNotInSynchronization, Values: map[string]string{
					"legalEntity": legalEntity, "synchronization": synchronization.Name,
					"allowed": strings.Join(synchronization.LegalEntities, ", "),
				}})
		}
	}
	if len(problems) > 0 {
		return synchronization, &settings.InvalidError{Problems: problems}
	}
	return synchronization, nil
}

// InitializationWorkflow is the workflow id of a short one. An initialization
// started by hand under another name is found by that name.
func InitializationWorkflow(id string) string {
	source, rest, found := strings.Cut(id, ".")
	if !found {
		return id
	}
	return workflows.InitializationID(source, rest)
}

func workflowID(id string) (string, error) {
	if !goodID(id) {
		return "", starter.ErrNotFound
	}
	return InitializationWorkflow(id), nil
}

// goodID tells whether Temporal can be asked for an id.
func goodID(id string) bool {
	// gRPC headers, in which ids of workflows travel, take printable ASCII only.
	return id != "" && len(id) <= maxID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Initialization tells how far one is. Errors are starter.ErrNotFound,
// starter.ErrUnreadable and ErrEngineDown.
func (s *Service) Initialization(ctx context.Context, id string) (starter.Initialization, error) {
	full, err := workflowID(id)
	if err != nil {
		return starter.Initialization{}, err
	}
	one, err := s.config.Engine.Initialization(ctx, full)
	return one, engine(err)
}

// Initializations lists the newest ones, at most 100 of all, without their counts:
// those of one synchronization, all for "".
func (s *Service) Initializations(ctx context.Context, synchronization string) ([]starter.Initialization, error) {
	all, err := s.config.Engine.Initializations(ctx)
	if err != nil {
		return nil, engine(err)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(one starter.Initialization) bool {
		return synchronization != "" && one.Synchronization != synchronization
	})
	s.askPhases(ctx, all)
	return all, nil
}

// Those under way are asked together, and for a moment only: a list does not wait for
// one that does not answer.
const (
	phasesAtOnce = 8
	phasesTime   = 2 * time.Second
)

// askPhases asks those under way which phase they are in: a list of Temporal's does not
// tell one that waits for somebody. Who does not answer stays as listed.
func (s *Service) askPhases(ctx context.Context, all []starter.Initialization) {
	ctx, cancel := context.WithTimeout(ctx, phasesTime)
	defer cancel()
	var group errgroup.Group
	group.SetLimit(phasesAtOnce)
	for i := range all {
		one := &all[i]
		if starter.Ended(one.Phase) {
			continue
		}
		group.Go(func() error {
			if told, err := s.config.Engine.Initialization(ctx, one.WorkflowID); err == nil {
				one.Phase = told.Phase
			}
			return nil
		})
	}
	_ = group.Wait()
}

// Expected is how many absences by legal entity the newest preview before a run
// found; empty without one of the same synchronization and day, for a preview, and
// for a run that has read all there is. What cannot be asked is left out.
func (s *Service) Expected(ctx context.Context, run starter.Initialization) map[string]int {
	if run.DryRun || run.Phase == workflows.PhaseCompleted || run.Since.IsZero() {
		return nil
	}
	if known, ok := s.expected.Get(run.WorkflowID); ok {
		return known
	}
	totals := map[string]int{}
	all, err := s.config.Engine.Initializations(ctx)
	if err != nil {
		return nil
	}
	for _, one := range all { // the newest first
		if !one.DryRun || one.Phase != workflows.PhaseCompleted || one.Synchronization != run.Synchronization ||
			one.Since != run.Since || one.StartsAt.After(run.StartsAt) {
			continue
		}
		preview, err := s.config.Engine.Initialization(ctx, one.WorkflowID)
		if err != nil {
			return nil
		}
		for _, entity := range preview.LegalEntities {
			totals[entity.LegalEntity] = entity.Total
		}
		break
	}
	s.expected.Add(run.WorkflowID, totals)
	return totals
}

// Wrote tells how many absences an initialization wrote, so far where it goes on; 0 for
// a preview and where it cannot be asked.
func (s *Service) Wrote(ctx context.Context, run starter.Initialization) int {
	if run.DryRun {
		return 0
	}
	key := run.WorkflowID + "/" + run.RunID
	if known, ok := s.wrote.Get(key); ok {
		return known
	}
	one, err := s.config.Engine.Initialization(ctx, run.WorkflowID)
	if err != nil {
		return 0
	}
	if starter.Ended(run.Phase) {
		s.wrote.Add(key, one.Counts.Synced)
	}
	return one.Counts.Synced
}

// CancelInitialization asks one to stop: nothing more is started, what is written
// stays. One that has ended is left as it is.
func (s *Service) CancelInitialization(ctx context.Context, by settings.Author, id string) error {
	full, err := workflowID(id)
	if err != nil {
		return err
	}
	if err := s.config.Engine.CancelInitialization(ctx, full); err != nil {
		return engine(err)
	}
	s.note(ctx, by, settings.ActionCancelled, settings.KindInitialization, starter.ShortID(full))
	return nil
}

// ConfirmInitialization confirms one that waits, by the number of employees it
// told; starter.ErrNotConfirmable for another number or one that does not wait.
func (s *Service) ConfirmInitialization(ctx context.Context, by settings.Author, id string, employees int) error {
	full, err := workflowID(id)
	if err != nil {
		return err
	}
	if err := s.config.Engine.ConfirmInitialization(ctx, full, employees); err != nil {
		return engine(err)
	}
	s.note(ctx, by, settings.ActionConfirmed, settings.KindInitialization, starter.ShortID(full),
		settings.FieldChange{Field: "employees", To: strconv.Itoa(employees)})
	return nil
}
