// Package worker is what an agent program uses to work for a TaskRouter: it connects as one
// worker, hears of offers as they are made, and answers them. It does in Go what the Worker of
// TaskRouter.js v1 does in a browser, against a server of this project or the hosted service.
//
//	client, err := worker.Connect(ctx, token, worker.Options{URL: "https://router.example.com"})
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	err = client.Serve(ctx, worker.Handler{
//		Offer: func(ctx context.Context, offer *worker.Reservation) {
//			if _, err := offer.Accept(ctx); err != nil {
//				return // withdrawn, or taken by somebody else
//			}
//			var order struct{ Number int }
//			if err := offer.Task.Attributes.Decode(&order); err == nil {
//				ship(ctx, order.Number)
//			}
//			offer.Task.Complete(ctx, "shipped")
//		},
//	})
//
// # Tokens
//
// A client shows a capability token whose channel is a worker; package token mints them, as do
// the official helper libraries. The token says who the worker is and what it may do: whatever
// it does not allow is refused by the server with status 403. A client that is to live longer
// than its token has [Options].RenewToken, which is asked for the next one in time, or is given
// it with [Client.UpdateToken].
//
// # Events
//
// What happens to the worker arrives as values of the types that implement [Event], on one
// channel:
//
//	for event := range client.Events() {
//		switch event := event.(type) {
//		case worker.ReservationCreated:
//			go answer(event.Reservation)
//		case worker.ReservationCanceled:
//			forget(event.Reservation.SID)
//		case worker.ActivityUpdated:
//			fmt.Println("now", event.Worker.ActivityName)
//		}
//	}
//
// [Client.Serve] is a loop over the same channel that calls a function for each offer. Use one
// of the two, in one place.
//
// Events come in the order in which the server made the changes. The channel is closed once the
// client has ended and everything it had to say has been taken; [Client.Err] says why it ended.
//
// # What is promised
//
// For each reservation a program hears of each status once, in order, and of the last status
// for certain, as long as the client lives: over lost connections, restarts of the server, and
// its own slowness. Connections come back by themselves, with growing waits. After each return
// the client reads the worker and its reservations, tells the program with [Resumed], and then
// tells what changed meanwhile, with Missed set:
//
//   - a reservation that is new gets one event, that of the status it has;
//   - one whose status has moved gets the event of its present status; statuses that it passed
//     through are skipped;
//   - one that has ended gets the event of its end, or [ReservationGone] if the server does not
//     know any more how it ended;
//   - one that came and went in the meantime is not told of.
//
// A program that does not take its events does not slow the server down, and does not fill
// memory. When more than [Options].Buffer of them wait, further ones are put aside; once the
// program has taken those that wait, the client catches up in the same way as after a lost
// connection: [Resumed], then what is different.
//
// # Values
//
// A [Worker], [Task] or [Reservation] is how the thing was at one moment, and never changes:
// it may be kept and shared between goroutines. Actions return how it is afterwards. All methods
// of a [Client] and of what comes from it may be called concurrently.
//
// # Errors
//
// What the server refuses, and requests that it did not answer, are an *[Error] with HTTP
// status, error code and the server's sentence. A context that ends a call is found in the
// error with [errors.Is].
package worker
