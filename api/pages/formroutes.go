package pages

// formRoutes are the pages that change settings: sources, connections,
// synchronizations and initializations.
func (s *site) formRoutes() {
	s.sourceRoutes()
	s.connectionRoutes()
	s.synchronizationRoutes()
	s.initializationRoutes()
}
