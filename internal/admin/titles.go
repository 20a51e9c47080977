package admin

import "context"

// Titles are how people call the records of the settings, by name.
type Titles struct{ Sources, Connections, Synchronizations map[string]string }

// Titles returns how people call all records. What cannot be read has none.
func (s *Service) Titles(ctx context.Context) Titles {
	all := Titles{Sources: map[string]string{}, Connections: map[string]string{}, Synchronizations: map[string]string{}}
	if sources, err := s.config.Settings.Sources(ctx); err == nil {
		for _, one := range sources {
			all.Sources[one.Name] = one.Label()
		}
	}
	if connections, err := s.config.Settings.Connections(ctx); err == nil {
		for _, one := range connections {
			all.Connections[one.Name] = one.Label()
		}
	}
	if synchronizations, err := s.config.Settings.Synchronizations(ctx); err == nil {
		for _, one := range synchronizations {
			all.Synchronizations[one.Name] = one.Label()
		}
	}
	return all
}
