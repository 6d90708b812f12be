package expr

import (
	"strings"
	"testing"
)

const benchWorker = `{"languages":["en","de","fr"],"level":7,"team":"billing","contact_uri":` +
	`"client:ann","full_name":"Ann Example","location":{"country":"DE","city":"Hamburg"},` +
	`"skills":["refund","invoice","dunning"],"email":"ann@example.com","roles":["agent"],` +
	`"shift":{"from":480,"to":1020},"verified":true,"notes":"speaks slowly"}`

func BenchmarkMatch(b *testing.B) {
	const task = `{"level":5,"language":"de","type":"billing","tries":["a","b"]}`
	for _, bm := range []struct{ name, src string }{
		{"number-const", `worker.level > 5`},
		{"string-const", `worker.team == "billing"`},
		{"level-and-language", `worker.level >= task.level AND worker.languages HAS task.language`},
		{"three-conditions", `worker.level >= 5 AND worker.team == task.type AND worker.verified == true`},
		{"queue", `worker.team == "billing" AND worker.level > 3 AND worker.languages HAS "de"`},
		{"not-in", `worker.team NOT IN ["a","b","c"]`},
		{"in-many", `worker.level IN [11,12,13,14,15,16,17,18,19,20,21,22,23,24,7]`},
	} {
		b.Run(bm.name, func(b *testing.B) {
			p, env := compileTarget(b, bm.src, benchWorker, task)
			if !p.Match(env) {
				b.Fatal(p.Explain(env))
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Match(env)
			}
		})
	}
}

func BenchmarkExtract(b *testing.B) {
	s := internAll(b, "level", "languages", "team", "location.country", "verified", "shift.from")
	dst := make([]Value, s.Len())
	b.SetBytes(int64(len(benchWorker)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Extract(benchWorker, dst); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, bm := range []struct{ name, src string }{
		{"typical", `worker.level >= task.level AND worker.languages HAS task.language`},
		{"1000-conditions", strings.TrimSuffix(strings.Repeat(`(worker.a == "x" OR task.b > 1) AND `, 500), " AND ")},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(Target, bm.src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOrderingCompare(b *testing.B) {
	o, err := ParseOrder("worker.level DESC, worker.shift.from")
	if err != nil {
		b.Fatal(err)
	}
	var s Slots
	ordering := o.Compile(&s)
	x, y := mustExtract(b, &s, benchWorker), mustExtract(b, &s, benchWorker)
	b.ReportAllocs()
	for b.Loop() {
		ordering.Compare(x, y)
	}
}
