package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// A workspace is made, gets a record, and is loaded again under a new lease.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	st, err := store.OpenSQLite(ctx, dir, store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer st.Close()

	world := &taskrouter.Workspace{SID: "WS018f3c00000000000000000000000001", FriendlyName: "World"}
	lease, err := st.Create(ctx, "AC018f3c00000000000000000000000001", world.SID)
	if err != nil {
		log.Fatal(err)
	}
	now := time.Now()
	changes := []*taskrouter.Change{{At: now, Puts: []taskrouter.Entity{world}}}
	record := store.NewCodec().Record(lease, lease.Pos, now, changes)
	fmt.Println(st.Append([]store.Record{record})[0].State)
	fmt.Println(st.Append([]store.Record{record})[0].State) // the head has moved

	lease, err = st.Claim(ctx, world.SID)
	if err != nil {
		log.Fatal(err)
	}
	err = st.Load(ctx, lease, func(p store.Part) error {
		for _, c := range p.Changes {
			fmt.Println("record", p.Seq, "puts", c.Puts[0].(*taskrouter.Workspace).FriendlyName)
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// durable
	// refused
	// record 1 puts World
}
