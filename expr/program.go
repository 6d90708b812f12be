package expr

import "slices"

// Scope names the tables that an expression is compiled into. Which of them an expression needs
// follows from its kind: Worker for worker expressions, Task for task expressions, both for
// targets, Counts for skip_if. The others may be nil.
type Scope struct {
	Worker *Slots // paths of worker attributes
	Task   *Slots // paths of task attributes
	Counts *Slots // names of counts: available, unavailable, WA…
}

func (s Scope) table(side Side) *Slots {
	return [...]*Slots{WorkerSide: s.Worker, TaskSide: s.Task, CountSide: s.Counts}[side]
}

// Env is what a program reads: the slices that [Slots.Extract] filled for one task and one
// worker, and one count per slot of [Scope.Counts]. A slot past the end of its slice is NULL.
type Env struct {
	Task   []Value
	Worker []Value
	Counts []int
}

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	expr  *Expr
	slots []int // of expr.refs
	match predicate
	fixed verdict
}

// Compile binds the references of the expression to slots of the scope, interning paths that are
// new there. It panics if the scope lacks a table that the kind of the expression needs.
func (e *Expr) Compile(scope Scope) *Program {
	p := &Program{expr: e, slots: make([]int, len(e.refs))}
	for i, ref := range e.refs {
		table := scope.table(ref.Side)
		if table == nil {
			panic("expr: a " + e.kind.String() + " needs slots for " + ref.String())
		}
		p.slots[i] = table.Intern(ref.Path)
	}
	p.match, p.fixed = p.compile(e.root)
	return p
}

// Match evaluates the program. It allocates nothing, and there is no error: whatever the
// attributes are, a condition holds or it does not. env must not be nil.
func (p *Program) Match(env *Env) bool { return p.match(env) }

// Constant reports whether the program gives the same result for every environment, and which:
// 1 == 1 matches always.
func (p *Program) Constant() (match, known bool) {
	return p.fixed == always, p.fixed != depends
}

// Expr returns the expression that was compiled.
func (p *Program) Expr() *Expr { return p.expr }

// WorkerSlots returns the worker slots that the result depends on, ascending. A change of a
// worker that leaves these values the same ([Value.Is]) leaves the result the same.
func (p *Program) WorkerSlots() []int { return p.slotsOf(WorkerSide) }

// TaskSlots returns the task slots that the result depends on, ascending. Tasks with the same
// values there ([AppendKey]) match the same workers.
func (p *Program) TaskSlots() []int { return p.slotsOf(TaskSide) }

// CountSlots returns the count slots that the result depends on, ascending.
func (p *Program) CountSlots() []int { return p.slotsOf(CountSide) }

func (p *Program) slotsOf(side Side) []int {
	var slots []int
	for i, ref := range p.expr.refs {
		if ref.Side == side {
			slots = append(slots, p.slots[i])
		}
	}
	slices.Sort(slots)
	return slots
}

// slot is where a compiled reference reads.
type slot struct {
	task  bool
	index int
}

// load returns the value of a worker or task slot.
func (s slot) load(env *Env) Value {
	if s.task {
		return at(env.Task, s.index)
	}
	return at(env.Worker, s.index)
}

// at returns the value of a slot, NULL past the end.
func at(values []Value, slot int) Value {
	if uint(slot) < uint(len(values)) {
		return values[slot]
	}
	return Value{}
}

// source is where a compiled operand of any form but a list gets its value.
type source struct {
	form  form
	side  Side
	index int
	value Value
}

func (s *source) load(env *Env) Value {
	switch {
	case s.form == constant:
		return s.value
	case s.side != CountSide:
		return slot{s.side == TaskSide, s.index}.load(env)
	case s.index < len(env.Counts):
		return Number(float64(env.Counts[s.index]))
	}
	return Value{}
}

// source binds a constant or a reference.
func (p *Program) source(o operand) source {
	if o.form == constant {
		return source{value: o.value}
	}
	return source{form: reference, side: p.expr.refs[o.ref].Side, index: p.slots[o.ref]}
}

// slot binds a reference to a worker or task attribute; ok is false for every other operand.
func (p *Program) slot(o operand) (s slot, ok bool) {
	if o.form != reference || p.expr.refs[o.ref].Side == CountSide {
		return slot{}, false
	}
	return slot{p.expr.refs[o.ref].Side == TaskSide, p.slots[o.ref]}, true
}
