package taskrouter_test

import (
	"testing"

	"taskrouter"
)

// reservationLaw is the table of routing 5.2 as a picture: a row per status, a column per status
// that may follow, in the order of [taskrouter.ReservationStatuses].
var reservationLaw = [...]string{
	/* pending   */ ".xxxxx..",
	/* accepted  */ "......xx",
	/* rejected  */ "........",
	/* timeout   */ "........",
	/* canceled  */ "........",
	/* rescinded */ "........",
	/* wrapping  */ ".......x",
	/* completed */ "........",
}

func TestReservationTransitions(t *testing.T) {
	t.Parallel()
	open := map[taskrouter.ReservationStatus]bool{
		taskrouter.ReservationPending:  true,
		taskrouter.ReservationAccepted: true,
		taskrouter.ReservationWrapping: true,
	}
	for i, from := range taskrouter.ReservationStatuses {
		for j, to := range taskrouter.ReservationStatuses {
			if got, want := from.CanBecome(to), reservationLaw[i][j] == 'x'; got != want {
				t.Errorf("%s can become %s: %v, want %v", from, to, got, want)
			}
		}
		if from.CanBecome("") || from.CanBecome("nonsense") {
			t.Errorf("%s can become what is no status", from)
		}
		if from.Open() != open[from] {
			t.Errorf("%s uses capacity: %v, want %v", from, from.Open(), open[from])
		}
		if !from.Valid() {
			t.Errorf("%s is not valid", from)
		}
	}
	for _, no := range []taskrouter.ReservationStatus{"", "Pending", "assigned"} {
		if no.Valid() || no.Open() || no.CanBecome(taskrouter.ReservationAccepted) {
			t.Errorf("%q passes for a status", no)
		}
	}
}
