package taskrouter_test

import (
	"testing"

	"taskrouter"
)

// Spec: routing 8.1
func TestWorkerChannelCapacity(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		channel    taskrouter.WorkerChannel
		free       bool
		percentage int
	}{
		{"nothing in use", taskrouter.WorkerChannel{Available: true, ConfiguredCapacity: 1}, true, 100},
		{"one of three", taskrouter.WorkerChannel{
			Available: true, ConfiguredCapacity: 3, Reserved: 1}, true, 66},
		{"two of three", taskrouter.WorkerChannel{
			Available: true, ConfiguredCapacity: 3, Reserved: 2}, true, 33},
		{"all in use", taskrouter.WorkerChannel{
			Available: true, ConfiguredCapacity: 3, Reserved: 3}, false, 0},
		{"lowered below the load", taskrouter.WorkerChannel{
			Available: true, ConfiguredCapacity: 1, Reserved: 3}, false, 0},
		{"no capacity", taskrouter.WorkerChannel{Available: true}, false, 0},
		{"switched off", taskrouter.WorkerChannel{ConfiguredCapacity: 2}, false, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.channel.Free(); got != tt.free {
				t.Errorf("free: %v, want %v", got, tt.free)
			}
			if got := tt.channel.AvailableCapacityPercentage(); got != tt.percentage {
				t.Errorf("%d %% left, want %d", got, tt.percentage)
			}
		})
	}
}

func TestWorkerChannelIsNotACopy(t *testing.T) {
	t.Parallel()
	w := taskrouter.Worker{Channels: []taskrouter.WorkerChannel{
		{TaskChannelSID: "TC1"}, {TaskChannelSID: "TC2"},
	}}
	w.Channel("TC2").Reserved = 5
	if w.Channels[1].Reserved != 5 || w.Channel("TC3") != nil {
		t.Errorf("channels are %+v", w.Channels)
	}
}
