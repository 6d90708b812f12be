package routing

// SetPortion has re-evaluation go in portions of n tasks.
func (s *State) SetPortion(n int) { s.portion = n }
