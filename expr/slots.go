package expr

import (
	"cmp"
	"slices"
)

// Slots numbers the attribute paths that the expressions of one workspace mention on one side:
// the slot of a path is its place in the slices that [Slots.Extract] fills and a [Program]
// reads. Paths are only ever added, so a slot keeps its meaning; a slice that was filled before
// a path was added is merely short, and reads as NULL there.
//
// The zero Slots is empty and ready. It is not safe for concurrent use, but Extract, Lookup and
// Path may run concurrently as long as nothing is interned.
type Slots struct {
	paths []string
	index map[string]int
	root  slotNode
}

// slotNode is a step in the tree of all paths. Extract walks it along with the JSON text.
type slotNode struct {
	name  string
	index int
	slot  int // of the path that ends here, or -1

	names  []*slotNode
	elems  []*slotNode          // ascending by index
	byName map[string]*slotNode // of names, once they are many
}

// manyNames is where a map starts to beat looking through the list.
const manyNames = 8

// Intern returns the slot of the path, a new one if the path is new.
func (s *Slots) Intern(path Path) int {
	text := path.String()
	if slot, ok := s.index[text]; ok {
		return slot
	}
	if len(path) == 0 {
		panic("expr: an empty path has no slot")
	}
	n := &s.root
	for _, step := range path {
		n = n.intern(step)
	}
	n.slot = len(s.paths)
	if s.index == nil {
		s.index = make(map[string]int)
	}
	s.index[text] = n.slot
	s.paths = append(s.paths, text)
	return n.slot
}

// Len returns the number of slots.
func (s *Slots) Len() int { return len(s.paths) }

// Path returns the canonical text of the path at slot i: channel.voice.assigned_tasks
func (s *Slots) Path(i int) string { return s.paths[i] }

// Lookup returns the slot of the path with the canonical text, if it has one.
func (s *Slots) Lookup(canonical string) (int, bool) {
	slot, ok := s.index[canonical]
	return slot, ok
}

func (n *slotNode) intern(step Step) *slotNode {
	if step.Name == "" {
		i, found := slices.BinarySearchFunc(n.elems, step.Index, byIndex)
		if !found {
			n.elems = slices.Insert(n.elems, i, &slotNode{index: step.Index, slot: -1})
		}
		return n.elems[i]
	}
	if child := n.child(step.Name); child != nil {
		return child
	}
	child := &slotNode{name: step.Name, slot: -1}
	n.names = append(n.names, child)
	if len(n.names) > manyNames {
		if n.byName == nil {
			n.byName = make(map[string]*slotNode)
			for _, c := range n.names {
				n.byName[c.name] = c
			}
		}
		n.byName[child.name] = child
	}
	return child
}

// child returns the node for a key, nil if no path goes there. A nil node has no children.
func (n *slotNode) child(name string) *slotNode {
	if n == nil {
		return nil
	}
	if n.byName != nil {
		return n.byName[name]
	}
	for _, c := range n.names {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (n *slotNode) elem(index int) *slotNode {
	if i, found := slices.BinarySearchFunc(n.elems, index, byIndex); found {
		return n.elems[i]
	}
	return nil
}

func byIndex(n *slotNode, index int) int { return cmp.Compare(n.index, index) }

// clear sets every slot below n to NULL.
func (n *slotNode) clear(dst []Value) {
	for _, children := range [...][]*slotNode{n.names, n.elems} {
		for _, c := range children {
			if c.slot >= 0 {
				dst[c.slot] = Value{}
			}
			c.clear(dst)
		}
	}
}

// Extract reads the attributes of one worker or task, the text of a JSON object, and returns
// one value per slot: dst[i] is the value at path i, or NULL. It reuses the capacity of dst,
// whose old content is lost. Of a repeated key the last one counts. Strings share the memory of
// the text. The error, an [*AttributesError], is the same as that of [ParseAttributes].
func (s *Slots) Extract(json string, dst []Value) ([]Value, error) {
	dst = slices.Grow(dst[:0], len(s.paths))[:len(s.paths)]
	clear(dst)
	r := jsonReader{src: json}
	if !r.document(&s.root, dst) {
		clear(dst)
		return dst, r.err
	}
	return dst, nil
}
