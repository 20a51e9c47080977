// Package worker runs workflows and activities: it registers them, opens the
// connections and directories they need, and tunes the polling.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/tracing"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// Options say what a Worker works for and how hard.
type Options struct {
	Settings settings.Store
	// AllowInsecure permits http addresses of outside systems, and private ones.
	AllowInsecure bool
	// AllowPrivate permits private addresses of outside systems, such as an Exchange
	// server's in the company's network.
	AllowPrivate bool
	// Delays learns how long live changes took, such as a *delays.Book, whose Run is
	// its owner's business; nil is nobody. The metric figgosync_delay_seconds is kept
	// in any case.
	Delays activities.Delays
	// SignIns shares with other processes what is learnt of credentials; nil is this process
	// alone.
	SignIns SignIns
	// EmployeeChanges are the employees whom Lucca changed; nil is none.
	EmployeeChanges *changes.Feed
	Registerer      prometheus.Registerer
	Log             *slog.Logger
	// Tracing makes spans of what is done for changes that are traced; nil makes none.
	Tracing *tracing.Tracing
	// Pollers is how many long polls each task queue keeps open; 0 is 16. With
	// the SDK's default of 2 the same load waited 40 times as long at p99.
	Pollers int
	// CalendarSlots bounds the activities at once on each calendar queue; 0 is
	// 200. Connections bound their own requests besides.
	CalendarSlots int
	// LuccaPerMinute bounds this process's calls to each Lucca account; 0 is
	// figgo.DefaultCallsPerMinute. Lucca counts all callers together.
	LuccaPerMinute int
	// Rates bound the calendar queues on Temporal's side, over all workers; a
	// fairness key is a source and a connection. Namespace is the client's.
	Rates     engine.Rates
	Namespace string
	// Deployment is the worker deployment and the build in it, both or none: then Temporal
	// gives this worker only what its deployment's versions are set to
	// (docs.temporal.io/production-deployment/worker-deployments/worker-versioning).
	Deployment sdk.WorkerDeploymentVersion
	// OnFatal is told of an error after which the worker polls no more.
	OnFatal func(error)
}

// Worker polls all task queues of one namespace. New, Start, Stop; once each.
type Worker struct {
	client      client.Client
	options     Options
	workers     []sdk.Worker
	connections *connections
	follower    *follower
	directories *directories
	log         *slog.Logger
	// stopFollowing ends what keeps directories fresh and wakes absences; followers
	// are its tasks.
	stopFollowing context.CancelFunc
	followers     sync.WaitGroup
}

// New prepares a Worker; nothing runs yet.
func New(c client.Client, options Options) *Worker {
	options = withDefaults(options)
	outside := Outside{AllowInsecure: options.AllowInsecure, AllowPrivate: options.AllowPrivate,
		SignIns: options.SignIns}
	temporal := starter.New(c, nil)
	waker := newWaker(options.Settings, temporal, options.Log)
	connections := newConnections(options.Settings, outside, newCallMeter(options.Registerer), options.Log)
	follower := newFollower(waker, connections)
	connections.onClose = follower.onClose
	w := &Worker{
		client: c, options: options,
		connections: connections,
		follower:    follower,
		directories: newDirectories(options, outside),
		log:         options.Log,

		stopFollowing: func() {},
	}
	options.Registerer.MustRegister(standing{w.connections, w.directories})
	a := &activities.Activities{
		Settings:        options.Settings,
		Directories:     w.directories,
		Calendars:       w.connections,
		Checkers:        w.connections,
		Owners:          temporal,
		Initializations: temporal,
		Absences:        temporal,
		Changes:         changedPeople{options.EmployeeChanges, temporal},
		Metrics:         activities.NewMetrics(options.Registerer),
		Delays:          newDelayMeter(options.Delays, options.Registerer),
		Log:             options.Log,
	}
	w.workers = append(w.workers, workflowWorker(c, a, options), figgoWorker(c, a, waker, options))
	for _, provider := range calendars.Providers() {
		w.workers = append(w.workers, calendarWorker(c, a, provider, options))
	}
	return w
}

func withDefaults(options Options) Options {
	if options.Pollers == 0 {
		options.Pollers = 16
	}
	if options.CalendarSlots == 0 {
		options.CalendarSlots = 200
	}
	if options.LuccaPerMinute == 0 {
		options.LuccaPerMinute = figgo.DefaultCallsPerMinute
	}
	if options.OnFatal == nil {
		options.OnFatal = func(error) {}
	}
	return options
}

func workflowWorker(c client.Client, a *activities.Activities, options Options) sdk.Worker {
	config := base(options)
	config.LocalActivityWorkerOnly = true
	config.MaxConcurrentWorkflowTaskPollers = options.Pollers
	w := sdk.New(c, workflows.TaskQueue, config)
	Register(w)
	a.RegisterRouting(w)
	return w
}

// Register registers the workflows, for workers and for replay. Where workers are
// versioned, a run of minutes or hours ends on the build that it began on; what lives for
// months goes on with the newest one, whose code replays it.
func Register(r sdk.WorkflowRegistry) {
	for name, pinned := range map[string]any{
		workflows.InitializationType:            workflows.Initialization,
		workflows.LegalEntityInitializationType: workflows.LegalEntityInitialization,
		workflows.ReconciliationType:            workflows.Reconciliation,
		workflows.RemovalType:                   workflows.Removal,
		workflows.ConnectionCheckType:           workflows.ConnectionCheck,
		workflows.WatchType:                     workflows.Watch,
		workflows.DailyCheckType:                workflows.DailyCheck,
	} {
		r.RegisterWorkflowWithOptions(pinned,
			workflow.RegisterOptions{Name: name, VersioningBehavior: workflow.VersioningBehaviorPinned})
	}
	for name, lasting := range map[string]any{
		workflows.AbsenceLifecycleType: workflows.AbsenceLifecycle,
		workflows.DeletionsType:        workflows.Deletions,
		workflows.AutoRepliesType:      workflows.AutoReplies,
		workflows.WakeType:             workflows.Wake,
	} {
		r.RegisterWorkflowWithOptions(lasting,
			workflow.RegisterOptions{Name: name, VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade})
	}
}

func figgoWorker(c client.Client, a *activities.Activities, waker *waker, options Options) sdk.Worker {
	config := base(options)
	config.DisableWorkflowWorker = true
	config.MaxConcurrentActivityExecutionSize = 20 // Lucca allows 50 calls a minute
	w := sdk.New(c, workflows.FiggoQueue, config)
	a.RegisterFiggo(w)
	w.RegisterActivityWithOptions(waker.page, activity.RegisterOptions{Name: workflows.WakeAbsencesActivity})
	return w
}

func calendarWorker(c client.Client, a *activities.Activities, provider calendars.Provider,
	options Options) sdk.Worker {
	config := base(options)
	config.DisableWorkflowWorker = true
	config.MaxConcurrentActivityTaskPollers = options.Pollers
	config.MaxConcurrentActivityExecutionSize = options.CalendarSlots
	w := sdk.New(c, workflows.CalendarQueue(string(provider)), config)
	a.RegisterCalendar(w)
	return w
}

func base(options Options) sdk.Options {
	return sdk.Options{
		// Time for calls under way to end; what is cut off is done again.
		WorkerStopTimeout:           10 * time.Second,
		DisableRegistrationAliasing: true,
		OnFatalError:                options.OnFatal,
		Interceptors:                options.Tracing.Interceptors(),
		DeploymentOptions: sdk.DeploymentOptions{
			UseVersioning: options.Deployment.DeploymentName != "", Version: options.Deployment,
		},
	}
}

// Start begins to poll.
func (w *Worker) Start() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, provider := range calendars.Providers() {
		if err := engine.LimitActivities(ctx, w.client, w.options.Namespace, workflows.CalendarQueue(string(provider)),
			w.options.Rates); err != nil {
			return err
		}
	}
	for i, one := range w.workers {
		if err := one.Start(); err != nil {
			for _, started := range w.workers[:i] {
				started.Stop()
			}
			return fmt.Errorf("start the worker: %w", err)
		}
	}
	w.follow()
	return nil
}

// follow keeps the directories fresh and wakes absences until Stop.
func (w *Worker) follow() {
	ctx, cancel := context.WithCancel(context.Background())
	w.stopFollowing = cancel
	w.followers.Go(func() { w.directories.keepFresh(ctx) })
	w.followers.Go(func() { w.follower.run(ctx) })
	nights := &schedules{settings: w.options.Settings, client: w.client.ScheduleClient(), log: w.log}
	w.followers.Go(func() { nights.run(ctx) })
	if w.options.EmployeeChanges != nil {
		w.followers.Go(func() { w.options.EmployeeChanges.Follow(ctx, w.directories.forget) })
	}
}

// Stop ends polling, lets calls under way end, and closes the connections.
func (w *Worker) Stop() {
	w.stopFollowing()
	done := make(chan struct{})
	for _, one := range w.workers {
		go func() {
			one.Stop()
			done <- struct{}{}
		}()
	}
	for range w.workers {
		<-done
	}
	w.followers.Wait()
	w.connections.Close()
}

// Run starts, waits for ctx to end or for the worker to fail, and stops.
func (w *Worker) Run(ctx context.Context, fatal <-chan error) error {
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return errors.Join(errors.New("the worker cannot go on"), err)
	}
}
