package routing

// AgeEntries is how many entries the state keeps to find the oldest tasks.
func (s *State) AgeEntries() (n int) {
	for _, channels := range s.tallies {
		for _, t := range channels {
			n += len(t.created.run) + len(t.created.odd) + len(t.entered.run) + len(t.entered.odd)
		}
	}
	return n
}
