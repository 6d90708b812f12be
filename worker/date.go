package worker

import (
	"strconv"
	"time"
)

// A date is a point in time as servers write it: ISO 8601, or seconds since 1970. One that
// cannot be read is the zero time, for no event is worth losing over its date.
//
// Spec: event-bridge 7.2
type date struct{ time.Time }

// UnmarshalJSON never fails.
func (d *date) UnmarshalJSON(b []byte) error {
	d.Time = time.Time{}
	if len(b) > 2 && b[0] == '"' {
		d.Time, _ = time.Parse(time.RFC3339, string(b[1:len(b)-1]))
	} else if seconds, err := strconv.ParseFloat(string(b), 64); err == nil {
		d.Time = time.Unix(0, int64(seconds*float64(time.Second))).UTC()
	}
	return nil
}
