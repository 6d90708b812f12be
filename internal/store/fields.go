package store

import (
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// fields walks through the fields of a protocol buffer message. After next, the method for the
// field's type returns its value; a field that nobody asks for is skipped. The first error
// ends the walk.
type fields struct {
	b   []byte
	d   *decoder
	err error

	field protowire.Number
	kind  protowire.Type
	value []byte // of a bytes field
	num   uint64 // of a varint field
}

// next moves to the next field and reports whether there is one.
func (r *fields) next() bool {
	if len(r.b) == 0 || r.err != nil {
		return false
	}
	var n int
	r.field, r.kind, n = protowire.ConsumeTag(r.b)
	if n < 0 {
		r.fail(errMalformed)
		return false
	}
	r.b = r.b[n:]
	switch r.kind {
	case protowire.VarintType:
		r.num, n = protowire.ConsumeVarint(r.b)
	case protowire.BytesType:
		r.value, n = protowire.ConsumeBytes(r.b)
	default:
		n = protowire.ConsumeFieldValue(r.field, r.kind, r.b)
	}
	if n < 0 {
		r.fail(errMalformed)
		return false
	}
	r.b = r.b[n:]
	return true
}

// fail keeps the first error.
func (r *fields) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *fields) bytes() []byte {
	if r.kind != protowire.BytesType {
		r.fail(fmt.Errorf("%w: field %d has a wrong type", errMalformed, r.field))
		return nil
	}
	return r.value
}

func (r *fields) uint() uint64 {
	if r.kind != protowire.VarintType {
		r.fail(fmt.Errorf("%w: field %d has a wrong type", errMalformed, r.field))
		return 0
	}
	return r.num
}

// message walks through the message in the field.
func (r *fields) message() fields { return fields{b: r.bytes(), d: r.d} }

func (r *fields) int() int {
	v := protowire.DecodeZigZag(r.uint())
	if v > math.MaxInt || v < math.MinInt {
		r.fail(fmt.Errorf("%w: field %d does not fit", errMalformed, r.field))
	}
	return int(v)
}

func (r *fields) bool() bool { return r.uint() != 0 }

func (r *fields) time() time.Time { return time.UnixMilli(int64(r.uint())).UTC() }

func (r *fields) text() string { return string(r.bytes()) }

// word is a text that other entities probably have too.
func (r *fields) word() string {
	b := r.bytes()
	if s, ok := r.d.words[string(b)]; ok {
		return s
	}
	return remember(&r.d.words, string(b), string(b))
}

func (r *fields) sid() string {
	s, ok := unpackSID(r.bytes())
	if !ok {
		r.fail(fmt.Errorf("%w: field %d is no SID", errMalformed, r.field))
	}
	return s
}

// sharedSID is a SID that other entities probably mention too.
func (r *fields) sharedSID() string {
	b := r.bytes()
	if s, ok := r.d.sids[string(b)]; ok {
		return s
	}
	s := r.sid()
	if r.err != nil {
		return ""
	}
	return remember(&r.d.sids, string(b), s)
}

func remember(m *map[string]string, key, s string) string {
	if *m == nil {
		*m = make(map[string]string)
	}
	if len(*m) >= maxShared {
		clear(*m)
	}
	(*m)[key] = s
	return s
}
