package store

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"taskrouter"
)

var update = flag.Bool("update", false, "write golden files instead of comparing")

// kinds has one of each entity. Its fields are filled by reflection, so that a field that is
// added to a noun and forgotten in the codec is found here.
func kinds() []taskrouter.Entity {
	return []taskrouter.Entity{
		new(taskrouter.Workspace), new(taskrouter.Activity), new(taskrouter.TaskChannel),
		new(taskrouter.TaskQueue), new(taskrouter.Workflow), new(taskrouter.Worker),
		new(taskrouter.Task), new(taskrouter.Reservation),
	}
}

// A filler makes values of fields.
type filler interface {
	text(field string) string
	number() int
	truth() bool
	moment() time.Time
	length() int
}

// fill gives every field of v that is no pointer or interface a value.
func fill(f filler, field string, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(f.moment()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text(field))
	case reflect.Int:
		v.SetInt(int64(f.number()))
	case reflect.Bool:
		v.SetBool(f.truth())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(f, v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		if n := f.length(); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(f, field, v.Index(i))
			}
		}
	case reflect.Pointer, reflect.Interface:
	default:
		panic("no value for " + v.Type().String())
	}
}

// drawn fills with random values.
type drawn struct{ t *rapid.T }

func (d drawn) text(string) string {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "", "pending", "Alice", "1==1", "WT", "\x00", "\xff\xfe",
			"WT0123456789ABCDEF0123456789abcdef", "wt0123456789abcdef0123456789abcdef",
			"WT0123456789abcdef0123456789abcdef", "123456789012345678"}),
		rapid.StringMatching(`[A-Z]{2}[0-9a-f]{32}`),
		rapid.String(),
	).Draw(d.t, "text")
}
func (d drawn) number() int     { return rapid.Int().Draw(d.t, "number") }
func (d drawn) truth() bool     { return rapid.Bool().Draw(d.t, "truth") }
func (d drawn) length() int     { return rapid.IntRange(0, 3).Draw(d.t, "length") }
func (d drawn) index(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "index") }
func (d drawn) moment() time.Time {
	if d.truth() {
		return time.Time{}
	}
	return time.UnixMilli(rapid.Int64Range(-1e12, 1e13).Draw(d.t, "moment")).UTC()
}

// changes draws changes that put and tell versions of a common pool, some of them often.
func (d drawn) changes() []*taskrouter.Change {
	var pool []taskrouter.Entity
	for range 3 {
		for _, e := range kinds() {
			fill(d, "", reflect.ValueOf(e).Elem())
			pool = append(pool, e)
		}
	}
	changes := make([]*taskrouter.Change, d.length())
	for i := range changes {
		c := new(taskrouter.Change)
		fill(d, "", reflect.ValueOf(c).Elem()) // Puts of nil, replaced below
		for j := range c.Puts {
			c.Puts[j] = pool[d.index(len(pool))]
		}
		for j := range c.Events {
			subjects := reflect.ValueOf(&c.Events[j]).Elem()
			for range d.length() {
				e := reflect.ValueOf(pool[d.index(len(pool))])
				subjects.FieldByName(e.Type().Elem().Name()).Set(e)
			}
		}
		changes[i] = c
	}
	return changes
}

func TestChangesComeBack(t *testing.T) {
	t.Parallel()
	codec := NewCodec()
	rapid.Check(t, func(t *rapid.T) {
		want := drawn{t}.changes()
		sealed := codec.Record(Lease{}, Position{}, time.Time{}, want).Body
		plain, err := codec.Open(nil, sealed)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plain, AppendChanges(nil, want)) {
			t.Fatal("the codec wrote another body than AppendChanges")
		}
		got, err := DecodeChanges(plain)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		samePointers(t, want, got)
	})
}

// samePointers checks that two places hold the same pointer in got exactly if they do in want.
func samePointers(t *rapid.T, want, got []*taskrouter.Change) {
	there, back := map[any]any{}, map[any]any{}
	pair := func(place string, w, g any) {
		if other, ok := there[w]; ok && other != g {
			t.Fatalf("%s: one version became two", place)
		}
		if other, ok := back[g]; ok && other != w {
			t.Fatalf("%s: two versions became one", place)
		}
		there[w], back[g] = g, w
	}
	for i, c := range want {
		for j, p := range c.Puts {
			pair(fmt.Sprintf("change %d put %d", i, j), p, got[i].Puts[j])
		}
		for j := range c.Events {
			w, g := reflect.ValueOf(c.Events[j]), reflect.ValueOf(got[i].Events[j])
			for f := range w.NumField() {
				if w.Field(f).Kind() == reflect.Pointer && !w.Field(f).IsNil() {
					pair(fmt.Sprintf("change %d event %d %s", i, j, w.Type().Field(f).Name),
						w.Field(f).Interface(), g.Field(f).Interface())
				}
			}
		}
	}
}

func TestEntitiesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want []taskrouter.Entity
		var part []byte
		for _, e := range kinds() {
			fill(drawn{t}, "", reflect.ValueOf(e).Elem())
			want = append(want, e)
			part = AppendEntity(part, e)
		}
		got, err := DecodeEntities(part)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

func TestLongConfigurationsAreNoContext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxContext)
	workflow := func() *taskrouter.Workflow {
		return &taskrouter.Workflow{SID: "WW1", FriendlyName: "Long", Configuration: long,
			Earlier: []taskrouter.Configuration{{Version: 1, JSON: "y"}}}
	}
	told := func(w *taskrouter.Workflow) []taskrouter.Event {
		return []taskrouter.Event{{Type: taskrouter.EventTaskCreated, Workflow: w}}
	}
	put := workflow()
	tests := []struct {
		name    string
		changes []*taskrouter.Change
		want    *taskrouter.Workflow
	}{
		{"mere context", []*taskrouter.Change{{Events: told(workflow())}},
			&taskrouter.Workflow{SID: "WW1", FriendlyName: "Long"}},
		{"put by the change", []*taskrouter.Change{
			{Events: told(put)}, {Puts: []taskrouter.Entity{put}}}, put},
	}
	for _, tt := range tests {
		got, err := DecodeChanges(AppendChanges(nil, tt.changes))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got[0].Events[0].Workflow); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// counted fills with values that are all different and always the same.
type counted struct{ n *int }

func (c counted) next() int { *c.n++; return *c.n }
func (c counted) text(field string) string {
	if strings.HasSuffix(field, "SID") || field == "Deleted" || field == "Result" {
		return fmt.Sprintf("WT%032x", c.next())
	}
	return fmt.Sprintf("%s %d", field, c.next())
}
func (c counted) number() int       { return c.next()*1000 - 20000 }
func (c counted) truth() bool       { return true }
func (c counted) length() int       { return 2 }
func (c counted) moment() time.Time { return time.UnixMilli(1.9e12 + int64(c.next())).UTC() }

// golden is what the golden files hold: two changes in which every field has a value.
func golden() []*taskrouter.Change {
	f := counted{new(int)}
	pool := kinds()
	for _, e := range pool {
		fill(f, "", reflect.ValueOf(e).Elem())
	}
	var changes []*taskrouter.Change
	for i := range 2 {
		c := new(taskrouter.Change)
		fill(f, "", reflect.ValueOf(c).Elem())
		c.Puts = pool[i*2 : 4] // others are context
		for j := range c.Events {
			subjects := reflect.ValueOf(&c.Events[j]).Elem()
			for _, e := range pool {
				subjects.FieldByName(reflect.TypeOf(e).Elem().Name()).Set(reflect.ValueOf(e))
			}
			c.Events[j].PreviousActivity = c.Events[j].Activity
			c.Events[j].PreviousTaskQueue = c.Events[j].TaskQueue
		}
		changes = append(changes, c)
	}
	return changes
}

// TestGolden keeps records readable that an earlier release wrote, and what it writes the same.
// The compressed form is only read: its bytes are the compressor's affair.
func TestGolden(t *testing.T) {
	t.Parallel()
	codec := NewCodec()
	plainFile := filepath.Join("testdata", "body-2.bin")
	sealedFile := filepath.Join("testdata", "sealed-2.bin")
	want := golden()
	if *update {
		body := AppendChanges(nil, want)
		for name, b := range map[string][]byte{plainFile: body, sealedFile: codec.Seal(nil, body)} {
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	plain, err := os.ReadFile(plainFile)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(sealedFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(AppendChanges(nil, want), plain) {
		t.Error("a body is written otherwise than in " + plainFile)
	}
	opened, err := codec.Open(nil, sealed)
	if err != nil || !bytes.Equal(opened, plain) {
		t.Errorf("%s does not open to %s: %v", sealedFile, plainFile, err)
	}
	got, err := DecodeChanges(plain)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestEarlierRecords reads what was written before events had their names beside them.
func TestEarlierRecords(t *testing.T) {
	t.Parallel()
	sealed, err := os.ReadFile(filepath.Join("testdata", "sealed-1.bin"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := NewCodec().Open(nil, sealed)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := DecodeChanges(plain)
	if err != nil || len(changes) != 2 || len(changes[0].Events) == 0 {
		t.Fatalf("an earlier record is read as %d changes, %v", len(changes), err)
	}
	for _, e := range changes[0].Events {
		if e.PreviousActivity == nil || e.PreviousActivity.SID == "" ||
			e.PreviousTaskQueue == nil || e.PreviousTaskQueue.SID == "" {
			t.Errorf("event %s of an earlier record has lost what was before it", e.SID)
		}
	}
}

func TestUnknownFieldsAreSkipped(t *testing.T) {
	t.Parallel()
	var m message
	m, entity := m.open(fieldTask)
	m = m.sid(1, "WT0123456789abcdef0123456789abcdef")
	m = m.varint(1000, 7)
	m = m.text(1001, "from a later release")
	m = m.int(16, 3)
	m = m.close(entity)
	m = m.text(100, "a field of bodies that holds no entity")
	m, change := m.open(fieldChange)
	m = m.text(200, "later")
	m = m.text(2, "command")
	m = m.close(change)
	d := new(decoder)
	entities, changes, err := d.decode(m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]taskrouter.Entity{&taskrouter.Task{
		SID: "WT0123456789abcdef0123456789abcdef", Version: 3}}, entities); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]*taskrouter.Change{{Command: "command"}}, changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	// What must not be skipped: a kind of entity that this release does not know.
	if _, err := DecodeEntities(message(nil).text(9, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeEntities(message(nil).text(9, "x")); err == nil {
		t.Error("an entity of unknown kind was skipped")
	}
}

func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	task := AppendEntity(nil, &taskrouter.Task{SID: "WT1"})
	change := func(fill func(message) message) message {
		m, start := message(task).open(fieldChange)
		return fill(m).close(start)
	}
	event := func(fill func(message) message) message {
		return change(func(m message) message {
			m, start := m.open(9)
			return fill(m).close(start)
		})
	}
	tests := []struct {
		name string
		body []byte
	}{
		{"cut short", task[:len(task)-1]},
		{"half a tag", []byte{0x80}},
		{"an entity that is a number", message(nil).int(fieldTask, 1)},
		{"a change that is a number", message(nil).int(fieldChange, 1)},
		{"a text that is a number", change(func(m message) message { return m.int(2, 1) })},
		{"a time that is a text", change(func(m message) message { return m.text(1, "noon") })},
		{"a SID of three bytes", change(func(m message) message { return m.text(6, "WT1") })},
		{"a put that is not there", change(func(m message) message { return m.text(7, "\x01") })},
		{"a subject that is not there", event(func(m message) message { return m.ref(10, 1) })},
		{"a subject of another kind", event(func(m message) message { return m.ref(9, 0) })},
	}
	for _, tt := range tests {
		if _, err := DecodeChanges(tt.body); !errors.Is(err, errMalformed) {
			t.Errorf("%s: got error %v, want %v", tt.name, err, errMalformed)
		}
	}
}

func TestOpenFindsDamage(t *testing.T) {
	t.Parallel()
	codec := NewCodec()
	for _, plain := range [][]byte{
		nil, []byte("short"), bytes.Repeat([]byte("long and dull "), 100), AppendChanges(nil, golden()),
	} {
		sealed := codec.Seal([]byte("before"), plain)
		if !bytes.HasPrefix(sealed, []byte("before")) {
			t.Fatal("Seal does not append")
		}
		sealed = sealed[len("before"):]
		got, err := codec.Open([]byte("before"), sealed)
		if err != nil || !bytes.Equal(got, append([]byte("before"), plain...)) {
			t.Fatalf("%d bytes do not come back: %v", len(plain), err)
		}
		if len(plain) >= 1000 && len(sealed) > len(plain)/2 {
			t.Errorf("%d bytes were sealed in %d", len(plain), len(sealed))
		}
		for i := range sealed {
			spoilt := bytes.Clone(sealed)
			spoilt[i] ^= 0x10
			if _, err := codec.Open(nil, spoilt); err == nil {
				t.Fatalf("damage of byte %d of %d is not found", i, len(sealed))
			}
			if _, err := codec.Open(nil, sealed[:i]); err == nil {
				t.Fatalf("the end after byte %d of %d is not found", i, len(sealed))
			}
		}
	}
}

func FuzzDecodeChanges(f *testing.F) {
	f.Add(AppendChanges(nil, golden()))
	f.Add(AppendChanges(nil, nil))
	for _, e := range kinds() {
		f.Add(AppendEntity(nil, e))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		changes, err := DecodeChanges(body)
		if err != nil {
			return
		}
		// What can be read can be written, and then stays as it is.
		once := AppendChanges(nil, changes)
		again, err := DecodeChanges(once)
		if err != nil {
			t.Fatal(err)
		}
		if twice := AppendChanges(nil, again); !bytes.Equal(once, twice) {
			t.Errorf("written once %x, twice %x", once, twice)
		}
	})
}

func FuzzOpen(f *testing.F) {
	codec := NewCodec()
	f.Add(codec.Seal(nil, []byte("short")), true)
	f.Add(codec.Seal(nil, AppendChanges(nil, golden())), false)
	f.Fuzz(func(t *testing.T, sealed []byte, honest bool) {
		if honest {
			got, err := codec.Open(nil, codec.Seal(nil, sealed))
			if err != nil || !bytes.Equal(got, sealed) {
				t.Fatalf("%x came back as %x: %v", sealed, got, err)
			}
		}
		_, _ = codec.Open(nil, sealed) // must not panic
	})
}
