package worker_test

import (
	"context"
	"errors"
	"fmt"

	"taskrouter/worker"
)

// An agent that becomes available, takes what it is offered, and completes it.
func Example() {
	shop := openShop()
	defer shop.Close()
	ctx, stop := context.WithCancel(context.Background())

	client, err := worker.Connect(ctx, shop.AliceToken(), worker.Options{URL: shop.URL})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	available, err := client.ActivityNamed(ctx, "Available")
	if err != nil {
		panic(err)
	}
	if _, err := client.SetActivity(ctx, available.SID); err != nil {
		panic(err)
	}

	shop.Order()
	err = client.Serve(ctx, worker.Handler{
		Offer: func(ctx context.Context, offer *worker.Reservation) {
			if _, err := offer.Accept(ctx); err != nil {
				return // withdrawn, or taken by somebody else
			}
			var work struct{ Order int }
			if err := offer.Task.Attributes.Decode(&work); err != nil {
				panic(err)
			}
			done, err := offer.Task.Complete(ctx, "shipped")
			if err != nil {
				panic(err)
			}
			fmt.Println("order", work.Order, done.AssignmentStatus, done.Reason)
			stop()
		},
	})
	fmt.Println(err)
	// Output:
	// order 7 completed shipped
	// context canceled
}

// A loop over the events, for programs that want to see all of them.
func ExampleClient_Events() {
	shop := openShop()
	defer shop.Close()
	ctx := context.Background()
	client, err := worker.Connect(ctx, shop.AliceToken(), worker.Options{URL: shop.URL})
	if err != nil {
		panic(err)
	}
	defer client.Close()

	for event := range client.Events() {
		switch event := event.(type) {
		case worker.Ready:
			fmt.Println("ready:", event.Worker.FriendlyName)
			available, err := client.ActivityNamed(ctx, "Available")
			if err != nil {
				panic(err)
			}
			if _, err := client.SetActivity(ctx, available.SID); err != nil {
				panic(err)
			}
		case worker.ActivityUpdated:
			fmt.Println("activity:", event.Worker.ActivityName)
			shop.Order()
		case worker.ReservationCreated:
			fmt.Println("offer:", event.Reservation.Task.Attributes)
			if _, err := event.Reservation.Accept(ctx); err != nil {
				fmt.Println(err)
			}
		case worker.ReservationAccepted:
			fmt.Println("mine now")
			client.Close() // which ends the loop
		}
	}
	fmt.Println(client.Err())
	// Output:
	// ready: Alice
	// activity: Available
	// offer: {"type":"billing","language":"de","order":7}
	// mine now
	// the client is closed
}

// A client that gets its tokens from somewhere, the first one included, lives as long as it likes.
func ExampleConnect_renewToken() {
	shop := openShop()
	defer shop.Close()
	client, err := worker.Connect(context.Background(), "", worker.Options{
		URL:        shop.URL,
		RenewToken: shop.Token, // asks whoever signs tokens
	})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	fmt.Println(client.Worker().FriendlyName, "is", client.Worker().ActivityName)
	// Output:
	// Alice is Offline
}

// Against the hosted service a client has two addresses: that of the event bridge, and the one
// by which resources are called.
func ExampleOptions_hosted() {
	options := worker.Options{
		URL:    "https://event-bridge.twilio.com",
		APIURL: "https://taskrouter.twilio.com/v1",
	}
	fmt.Println(options.URL, options.APIURL)
	// Output:
	// https://event-bridge.twilio.com https://taskrouter.twilio.com/v1
}

// Several things about the worker are changed at once. Attributes may be any value with a JSON
// form.
func ExampleClient_Update() {
	shop := openShop()
	defer shop.Close()
	ctx := context.Background()
	client, err := worker.Connect(ctx, shop.AliceToken(), worker.Options{URL: shop.URL})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	changed, err := client.Update(ctx, worker.WorkerUpdate{
		FriendlyName: "Alice L.",
		Attributes:   map[string]any{"skills": []string{"billing", "croquet"}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(changed.FriendlyName, changed.Attributes)
	// Output:
	// Alice L. {"skills":["billing","croquet"]}
}

// What the server refuses is told with its status, its code and its sentence.
func ExampleError() {
	shop := openShop()
	defer shop.Close()
	ctx := context.Background()
	client, err := worker.Connect(ctx, shop.AliceToken(), worker.Options{URL: shop.URL})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	_, err = client.FetchTask(ctx, "WT00000000000000000000000000000000")
	if refused, ok := errors.AsType[*worker.Error](err); ok {
		fmt.Println(refused.Op)
		fmt.Println(refused.Status, refused.Code, refused.Temporary())
	}
	// Output:
	// read task WT00000000000000000000000000000000
	// 404 20404 false
}

// Capacity is how many tasks of a channel the worker gets at a time.
func ExampleClient_UpdateChannel() {
	shop := openShop()
	defer shop.Close()
	ctx := context.Background()
	client, err := worker.Connect(ctx, shop.AliceToken(), worker.Options{URL: shop.URL})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	channel, err := client.UpdateChannel(ctx, "chat", worker.ChannelUpdate{Capacity: new(3)})
	if err != nil {
		panic(err)
	}
	fmt.Println(channel.TaskChannelUniqueName, channel.ConfiguredCapacity, channel.Available)
	// Output:
	// chat 3 true
}

// What has no method is asked for by its path.
func ExampleClient_Request() {
	shop := openShop()
	defer shop.Close()
	ctx := context.Background()
	client, err := worker.Connect(ctx, shop.AliceToken(), worker.Options{URL: shop.URL})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	var page struct {
		Activities []worker.Activity `json:"activities"`
	}
	parameters := map[string]any{"Available": true}
	if err := client.Request(ctx, "GET", "Activities", parameters, &page); err != nil {
		panic(err)
	}
	for _, activity := range page.Activities {
		fmt.Println(activity.FriendlyName)
	}
	// Output:
	// Available
}

func ExampleAttributes_Decode() {
	attributes := worker.Attributes(`{"order":7,"items":["tea","cake"]}`)
	var order struct {
		Order int
		Items []string
	}
	fmt.Println(attributes.Decode(&order), order.Order, order.Items)
	// Output:
	// <nil> 7 [tea cake]
}
