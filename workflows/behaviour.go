package workflows

import "fmt"

// Behaviour numbers what these workflows ask of Temporal, where that has changed
// between two deployments. An absence behaves as the newest answer of Route in its
// history says, a LegalEntityInitialization as its input says: a run that began
// before a deployment is replayed as it went. Each change gets a name here, and the
// code asks for it by that name, as in state.Behaviour.has(behaviourX). What an
// older behaviour did stays for as long as runs of it may be open, which is months.
//
// workflow.GetVersion does the same at the price of two more events and an entry
// in the index for every absence.
type Behaviour int

const (
	// behaviourFirst is what every run does.
	behaviourFirst Behaviour = 1

	// behaviourAdmission asks before it carries out a live deletion.
	behaviourAdmission Behaviour = 2

	// behaviourReplies tells the owner's AutoReplies of approved absences.
	behaviourReplies Behaviour = 3

	// behaviourClocks does not compare times of the legacy webhook's posts with others that
	// are less than a time zone apart.
	behaviourClocks Behaviour = 4

	// NewestBehaviour is what this binary tells new runs to do.
	NewestBehaviour = behaviourClocks
)

// has tells whether a run does what a behaviour, or an older one, brought.
func (b Behaviour) has(one Behaviour) bool { return b >= one }

// check refuses a behaviour of a newer binary, as after rolling back: to go on in
// another way would break the run for good. The panic fails this workflow task only;
// Temporal repeats it until a worker comes that knows the behaviour.
func (b Behaviour) check() {
	if b > NewestBehaviour {
		panic(fmt.Sprintf("this run has behaviour %d of a newer figgosync; this one knows %d and earlier: "+
			"deploy the newer version again, the run then goes on by itself", b, NewestBehaviour))
	}
}
