package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"taskrouter"
)

// Formats of a sealed body, its first byte.
const (
	formatPlain = 1
	formatZstd  = 2
)

const (
	// compressFrom is the length from which compression pays.
	compressFrom = 200
	// maxPlain bounds what Open unpacks and what Append takes. A group of commands stays far
	// below it.
	maxPlain = 256 << 20
	// checksumSize is the length of the CRC-32C at the end of a sealed body.
	checksumSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Chain returns the chain after a record with this sealed body, given the chain before it:
// XXH64 of the body, seeded with the chain. It tells accidents apart, not forgery.
func Chain(prev uint64, body []byte) uint64 {
	var d xxhash.Digest
	d.ResetWithSeed(prev)
	d.Write(body) // never fails
	return d.Sum64()
}

// A Codec makes records and seals and opens their bodies. It keeps compressors and buffers
// warm, so a server needs one. It may be used from many goroutines at once.
type Codec struct {
	zip     *zstd.Encoder
	unzip   *zstd.Decoder
	scratch sync.Pool // *encoder
}

// NewCodec returns a Codec.
func NewCodec() *Codec {
	zip, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(false), // the seal has its own
		zstd.WithWindowSize(256<<10),
		zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	unzip, err := zstd.NewReader(nil,
		zstd.WithDecoderMaxMemory(maxPlain),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderConcurrency(0))
	if err != nil {
		panic(err)
	}
	return &Codec{zip: zip, unzip: unzip, scratch: sync.Pool{New: func() any { return new(encoder) }}}
}

// Record returns the record that adds changes to the journal of l's workspace after prev.
// Changes and their entities are only read; the record shares no memory with them.
func (c *Codec) Record(l Lease, prev Position, at time.Time, changes []*taskrouter.Change) Record {
	e := c.scratch.Get().(*encoder)
	defer c.scratch.Put(e)
	plain := e.encode(changes)
	body := c.Seal(make([]byte, 0, len(plain)/3+64), plain)
	e.release()
	return Record{
		Lease: l,
		Prev:  prev,
		Next:  Position{Seq: prev.Seq + 1, Chain: Chain(prev.Chain, body)},
		At:    at,
		Body:  body,
	}
}

// Seal appends the sealed form of a plain body to dst.
func (c *Codec) Seal(dst, plain []byte) []byte {
	start := len(dst)
	dst = append(dst, formatPlain)
	dst = binary.AppendUvarint(dst, uint64(len(plain)))
	payload := len(dst)
	if len(plain) >= compressFrom {
		dst = c.zip.EncodeAll(plain, dst)
		dst[start] = formatZstd
	}
	if len(plain) < compressFrom || len(dst)-payload >= len(plain) {
		dst = append(dst[:payload], plain...)
		dst[start] = formatPlain
	}
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// Open appends the plain form of a sealed body to dst. It reports whatever keeps the body from
// being what was sealed, and never unpacks more than 256 MB.
func (c *Codec) Open(dst, sealed []byte) ([]byte, error) {
	if len(sealed) < 2+checksumSize {
		return nil, fmt.Errorf("body of %d bytes is cut short", len(sealed))
	}
	framed, sum := sealed[:len(sealed)-checksumSize], sealed[len(sealed)-checksumSize:]
	if crc32.Checksum(framed, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return nil, errors.New("checksum does not match")
	}
	size, n := binary.Uvarint(framed[1:])
	if n <= 0 || size > maxPlain {
		return nil, errors.New("length of the body makes no sense")
	}
	payload := framed[1+n:]
	start := len(dst)
	switch framed[0] {
	case formatPlain:
		dst = append(dst, payload...)
	case formatZstd:
		var err error
		if dst, err = c.unzip.DecodeAll(payload, dst); err != nil {
			return nil, fmt.Errorf("unpack body: %w", err)
		}
	default:
		return nil, fmt.Errorf("format %d is unknown here; a newer release wrote it", framed[0])
	}
	if uint64(len(dst)-start) != size {
		return nil, fmt.Errorf("body has %d bytes instead of %d", len(dst)-start, size)
	}
	return dst, nil
}

// plainLength is the length that a sealed body says it unpacks to.
func plainLength(sealed []byte) uint64 {
	if len(sealed) == 0 {
		return 0
	}
	size, _ := binary.Uvarint(sealed[1:])
	return size
}
