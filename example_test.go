package taskrouter_test

import (
	"fmt"
	"time"

	"taskrouter"
)

func ExampleSIDSource() {
	sids := taskrouter.NewSIDSource(0xcafe)
	first := sids.Next(taskrouter.PrefixTask, noon)
	second := sids.Next(taskrouter.PrefixTask, noon.Add(-time.Hour)) // the clock was set back
	fmt.Println(first)
	fmt.Println(first < second)
	// Output:
	// WT01b8dd58e2007000800000010000cafe
	// true
}

func ExampleTaskStatus_CanBecome() {
	fmt.Println(taskrouter.TaskReserved.CanBecome(taskrouter.TaskAssigned))
	fmt.Println(taskrouter.TaskAssigned.CanBecome(taskrouter.TaskCanceled))
	// Output:
	// true
	// false
}

func ExampleReservationStatus_Open() {
	for _, status := range taskrouter.ReservationStatuses {
		if status.Open() {
			fmt.Println(status, "uses capacity")
		}
	}
	// Output:
	// pending uses capacity
	// accepted uses capacity
	// wrapping uses capacity
}

func ExampleWorkerChannel() {
	chat := taskrouter.WorkerChannel{Available: true, ConfiguredCapacity: 3, Reserved: 2}
	fmt.Printf("%d%% left, free: %v\n", chat.AvailableCapacityPercentage(), chat.Free())
	// Output: 33% left, free: true
}

func ExampleKind_Errorf() {
	err := taskrouter.Invalid.Errorf("reservation %s is %s; only pending reservations can be "+
		"accepted", "WR1", "rejected")
	wrapped := fmt.Errorf("accept: %w", err)
	fmt.Println(taskrouter.KindOf(wrapped).Status(), err.Code(), wrapped)
	// Output:
	// 400 20001 accept: reservation WR1 is rejected; only pending reservations can be accepted
}

func ExampleEvent_ResourceSID() {
	e := taskrouter.Event{
		Type:        taskrouter.EventReservationCreated,
		Task:        &taskrouter.Task{SID: "WT1"},
		Worker:      &taskrouter.Worker{SID: "WK1"},
		Reservation: &taskrouter.Reservation{SID: "WR1"},
	}
	fmt.Println(e.ResourceType(), e.ResourceSID())
	// Output: reservation WR1
}
