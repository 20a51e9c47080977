package settings

// BreakerLimits are how much of the events there are an initialization, a reconciliation or a
// removal deletes and changes without an approval: the larger of a number and a share of
// all of them. A zero stands for its default. A removal, whose share would always be the
// whole, goes by Deletions alone.
type BreakerLimits struct {
	Deletions       int `json:"deletions,omitempty" rule:"max=100000000" doc:"Events that a run deletes unasked; 50 where it is missing."`
	DeletionPercent int `json:"deletionPercent,omitempty" rule:"max=100" doc:"Share of all events that it deletes unasked where that is more; 5 where it is missing. A removal goes by the number alone."`
	Changes         int `json:"changes,omitempty" rule:"max=100000000" doc:"Events that a run changes unasked; 50 where it is missing."`
	ChangePercent   int `json:"changePercent,omitempty" rule:"max=100" doc:"Share of all events that it changes unasked where that is more; 20 where it is missing."`
}
