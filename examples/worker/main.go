// The command worker is an agent that never sleeps: it becomes available, accepts whatever it is
// offered, and completes it some time later. It shows what a program does with package worker.
//
//	TASKROUTER_ACCOUNT_SID=AC… TASKROUTER_AUTH_TOKEN=… go run ./examples/worker \
//		-url http://127.0.0.1:8080 -workspace WS… -worker WK… -work 3s
//
// It signs its own tokens, which only a program may do that can be trusted with the account's
// secret. Others let RenewToken ask a server of their own for one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"taskrouter/token"
	"taskrouter/worker"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// An agent is the settings of the program.
type agent struct {
	url, workspace, worker string
	work                   time.Duration
	log                    *slog.Logger
}

// run works until the context is done.
func run(ctx context.Context, args []string, out io.Writer) error {
	a := &agent{log: slog.New(slog.NewTextHandler(out, nil))}
	flags := flag.NewFlagSet("worker", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&a.url, "url", "http://127.0.0.1:8080", "where the server is")
	flags.StringVar(&a.workspace, "workspace", "", "SID of the workspace, WS…")
	flags.StringVar(&a.worker, "worker", "", "SID of the worker, WK…")
	flags.DurationVar(&a.work, "work", 3*time.Second, "how long a task takes")
	if err := flags.Parse(args); err != nil {
		return err
	}
	client, err := worker.Connect(ctx, "", worker.Options{
		URL:        a.url,
		RenewToken: a.mint,
		Logger:     a.log,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := a.become(ctx, client, "Available"); err != nil {
		return err
	}
	err = client.Serve(ctx, worker.Handler{Offer: a.offer, Taken: a.finish, Event: a.tell})
	if errors.Is(err, context.Canceled) {
		// Asked to stop. Its context is done, but the server should know that nobody works here.
		leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return a.become(leave, client, "Offline")
	}
	return err
}

// mint signs a token that allows what an agent does.
func (a *agent) mint(context.Context) (string, error) {
	grant := token.WorkerGrant(os.Getenv("TASKROUTER_ACCOUNT_SID"), a.workspace, a.worker)
	grant.UpdateActivities = true
	grant.UpdateReservations = true
	return grant.Mint(os.Getenv("TASKROUTER_AUTH_TOKEN"), 10*time.Minute)
}

// become sets an activity by its name.
func (a *agent) become(ctx context.Context, client *worker.Client, name string) error {
	activity, err := client.ActivityNamed(ctx, name)
	if err != nil {
		return err
	}
	_, err = client.SetActivity(ctx, activity.SID)
	return err
}

// offer takes a task and works on it.
func (a *agent) offer(ctx context.Context, r *worker.Reservation) {
	accepted, err := r.Accept(ctx)
	if err != nil {
		a.log.Warn("the offer is gone", "reservation", r.SID, "err", err)
		return
	}
	a.finish(ctx, accepted)
}

// finish works on an accepted task and completes it.
func (a *agent) finish(ctx context.Context, r *worker.Reservation) {
	select {
	case <-time.After(a.work):
	case <-ctx.Done():
		a.log.Warn("left undone", "task", r.TaskSID, "why", context.Cause(ctx))
		return
	}
	if _, err := r.Task.Complete(ctx, "done by a program"); err != nil {
		a.log.Error("not completed", "task", r.TaskSID, "err", err)
	}
}

// tell writes down what happens.
func (a *agent) tell(_ context.Context, e worker.Event) {
	switch e := e.(type) {
	case worker.ReservationEvent:
		r := e.About()
		a.log.Info("reservation", "sid", r.SID, "status", r.Status, "task", r.TaskSID)
	case worker.ActivityUpdated:
		a.log.Info("activity", "name", e.Worker.ActivityName)
	case worker.Disconnected:
		a.log.Warn("disconnected", "err", e.Err, "retry", e.Retry)
	case worker.Resumed:
		a.log.Info("back again", "open", len(e.Reservations))
	}
}
