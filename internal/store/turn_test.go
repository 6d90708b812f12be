package store

import (
	"slices"
	"testing"
	"testing/synctest"
)

// TestTurn lets callers queue behind a turn that is held and looks at the order they get theirs.
func TestTurn(t *testing.T) {
	tests := []struct {
		name    string
		waiting string // of each caller: u urgent, p patient
		want    string
	}{
		{"urgent first", "pu", "up"},
		{"a patient one goes after eight", "puuuuuuuuuu", "uuuuuuuupuu"},
		{"patient alone", "pp", "pp"},
		{"two patient ones take turns with urgent ones", "ppuuuuuuuuuuuuuuuuuu", "uuuuuuuupuuuuuuuupuu"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turn := newTurn()
				turn.take()
				var got []rune
				for _, kind := range tt.waiting {
					go func() {
						if kind == 'u' {
							turn.take()
						} else {
							turn.takePatiently()
						}
						got = append(got, kind) // guarded by the turn
						turn.give()
					}()
				}
				synctest.Wait()
				turn.give()
				synctest.Wait()
				if !slices.Equal(got, []rune(tt.want)) {
					t.Errorf("got %s, want %s", string(got), tt.want)
				}
			})
		})
	}
}
