package taskrouter_test

import (
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"taskrouter"
)

// reference is the folder of the pages that code cites.
const reference = "docs/reference"

// TestCitations holds code and reference together: whatever a comment cites exists. It lists
// what nobody cites, for the reader of go test -v.
func TestCitations(t *testing.T) {
	t.Parallel()
	pages := make(map[string]map[string]bool) // page → section → somebody cites it
	for _, name := range files(t, reference, ".md") {
		page := make(map[string]bool)
		for _, h := range headings(t, name) {
			if h.number == "" {
				continue
			}
			if _, twice := page[h.number]; twice {
				t.Errorf("%s has two sections %s", name, h.number)
			}
			page[h.number] = false
		}
		pages[strings.TrimSuffix(path.Base(name), ".md")] = page
	}
	found := 0
	for _, name := range files(t, ".", ".go", ".ts", ".tsx") {
		for i, line := range strings.Split(readFile(t, name), "\n") {
			citation := citationLine.FindStringSubmatch(line)
			if citation == nil {
				continue
			}
			found++
			cited, ok := parseCitation(citation[1])
			if !ok {
				t.Errorf("%s:%d: cites %q, not a page and its sections", name, i+1, citation[1])
			}
			for _, c := range cited {
				if page, ok := pages[c.page]; !ok {
					t.Errorf("%s:%d: %s has no page %s", name, i+1, reference, c.page)
				} else if _, ok := page[c.section]; !ok {
					t.Errorf("%s:%d: %s has no section %s", name, i+1, c.page, c.section)
				} else {
					page[c.section] = true
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("found %d citations; has their form changed?", found)
	}
	for _, page := range slices.Sorted(maps.Keys(pages)) {
		if idle := uncited(pages[page]); len(idle) > 0 {
			t.Logf("nobody cites %s %s", page, strings.Join(idle, ", "))
		}
	}
}

func TestParseCitation(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want []citation // nil: refused
	}{
		{"routing 3.3", []citation{{"routing", "3.3"}}},
		{"routing 4.2, 8", []citation{{"routing", "4.2"}, {"routing", "8"}}},
		{"rest-api 13, routing 3.1", []citation{{"rest-api", "13"}, {"routing", "3.1"}}},
		{"sdk-v1-api 4, 9; event-bridge 9.2", []citation{
			{"sdk-v1-api", "4"}, {"sdk-v1-api", "9"}, {"event-bridge", "9.2"}}},
		{"rest-api 1 (prefixes)", []citation{{"rest-api", "1"}}},
		{"sdk-v1-api 9: seven arguments.", []citation{{"sdk-v1-api", "9"}}},
		{"event-bridge 2 */", []citation{{"event-bridge", "2"}}},
		{"routing 3.3.", []citation{{"routing", "3.3"}}},
		{"routing", nil},
		{"routing §3", nil},
		{"routing 3.x", nil},
		{"routing 3 and 4", nil},
		{"3.3", nil},
		{"", nil},
	} {
		got, ok := parseCitation(test.text)
		if ok != (test.want != nil) || ok && !slices.Equal(got, test.want) {
			t.Errorf("parseCitation(%q) = %v, %v; want %v", test.text, got, ok, test.want)
		}
	}
}

type citation struct{ page, section string }

var (
	citationLine = regexp.MustCompile(`(?://|\*).*\bSpec: *(.*)$`)
	onePage      = regexp.MustCompile(`^([a-z][a-z0-9-]*) (\d+(?:\.\d+)*(?:, \d+(?:\.\d+)*)*)`)
	nextPage     = regexp.MustCompile(`^[,;] ([a-z])`)
	afterwards   = regexp.MustCompile(`^(?:[:.](?: |$)| \(| ?\*/|\s*$)`)
)

// parseCitation reads what follows the mark of a citation: a page and its sections, more pages
// after a comma or semicolon, and then the end, or a remark after a colon, full stop or bracket.
func parseCitation(text string) (cited []citation, ok bool) {
	for {
		match := onePage.FindStringSubmatch(text)
		if match == nil {
			return cited, false
		}
		for section := range strings.SplitSeq(match[2], ", ") {
			cited = append(cited, citation{match[1], section})
		}
		text = text[len(match[0]):]
		if !nextPage.MatchString(text) {
			return cited, afterwards.MatchString(text)
		}
		text = text[len(", "):]
	}
}

// uncited lists, in order, the sections that are not cited, nor any section within them.
func uncited(page map[string]bool) []string {
	var idle []string
	for section := range page {
		cited := false
		for other, is := range page {
			cited = cited || is && (other == section || strings.HasPrefix(other, section+"."))
		}
		if !cited {
			idle = append(idle, section)
		}
	}
	slices.SortFunc(idle, func(a, b string) int {
		return slices.Compare(numbers(a), numbers(b))
	})
	return idle
}

func numbers(section string) []int {
	var list []int
	for part := range strings.SplitSeq(section, ".") {
		n, _ := strconv.Atoi(part)
		list = append(list, n)
	}
	return list
}

// TestLinks holds the documents together: what a link points at is there, down to the heading.
func TestLinks(t *testing.T) {
	t.Parallel()
	names := files(t, ".", ".md")
	for _, must := range []string{
		"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", reference + "/README.md",
	} {
		if !slices.Contains(names, must) {
			t.Errorf("%s is missing", must)
		}
	}
	for _, name := range names {
		for _, target := range links(readFile(t, name)) {
			u, err := url.Parse(target)
			if err != nil {
				t.Errorf("%s: link %q: %v", name, target, err)
				continue
			}
			if u.Scheme != "" || u.Host != "" {
				continue
			}
			to := name
			if u.Path != "" {
				to = path.Join(path.Dir(name), u.Path)
			}
			if !fs.ValidPath(to) {
				t.Errorf("%s: link %q leaves the project", name, target)
			} else if _, err := os.Stat(filepath.FromSlash(to)); err != nil {
				t.Errorf("%s: link %q points at nothing", name, target)
			} else if u.Fragment != "" && path.Ext(to) == ".md" &&
				!slices.Contains(anchors(t, to), u.Fragment) {
				t.Errorf("%s: link %q: %s has no such heading", name, target, to)
			}
		}
	}
}

// TestReferenceIndex holds the index of the reference to the pages there are.
func TestReferenceIndex(t *testing.T) {
	t.Parallel()
	const index = reference + "/README.md"
	listed := links(readFile(t, index))
	for _, name := range files(t, reference, ".md") {
		page := strings.TrimPrefix(name, reference+"/")
		if name != index && !slices.Contains(listed, page) {
			t.Errorf("%s does not list %s", index, page)
		}
	}
}

var (
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	linkForm = regexp.MustCompile(`\]\(<?([^)>\s]+)>?[^)]*\)|(?m)^\[[^\]]+\]: +(\S+)`)
)

// links returns the targets of a document's links, those in code aside.
func links(markdown string) []string {
	var targets []string
	for _, m := range linkForm.FindAllStringSubmatch(
		codeSpan.ReplaceAllString(withoutFences(markdown), ""), -1) {
		targets = append(targets, m[1]+m[2])
	}
	return targets
}

// withoutFences returns a document without its blocks of code.
func withoutFences(markdown string) string {
	var kept []string
	fenced := false
	for line := range strings.SplitSeq(markdown, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		} else if !fenced {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// A heading of a document; number is empty if it has none.
type heading struct{ number, text string }

var headingForm = regexp.MustCompile(`^#{1,6} +((?:(\d+(?:\.\d+)*)\.? +)?.*?) *$`)

func headings(t *testing.T, name string) []heading {
	t.Helper()
	var list []heading
	for line := range strings.SplitSeq(withoutFences(readFile(t, name)), "\n") {
		if m := headingForm.FindStringSubmatch(line); m != nil {
			list = append(list, heading{number: m[2], text: m[1]})
		}
	}
	return list
}

// anchors returns the names by which links reach the headings of a document.
func anchors(t *testing.T, name string) []string {
	t.Helper()
	var list []string
	seen := make(map[string]int)
	for _, h := range headings(t, name) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, h.text)
		n := seen[anchor]
		if seen[anchor]++; n > 0 {
			anchor += "-" + strconv.Itoa(n)
		}
		list = append(list, anchor)
	}
	return list
}

// TestMovesInReference holds the state tables of the page on routing to the laws of the types.
func TestMovesInReference(t *testing.T) {
	t.Parallel()
	for section, want := range map[string][]string{
		"5.1": moves(taskrouter.TaskStatuses[:], taskrouter.TaskStatus.CanBecome),
		"5.2": moves(taskrouter.ReservationStatuses[:], taskrouter.ReservationStatus.CanBecome),
	} {
		got := documentedMoves(t, section)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("routing.md %s has the moves %q, want %q", section, got, want)
		}
	}
}

func moves[S ~string](statuses []S, can func(from, to S) bool) []string {
	var list []string
	for _, from := range statuses {
		for _, to := range statuses {
			if can(from, to) {
				list = append(list, string(from)+" → "+string(to))
			}
		}
	}
	return list
}

// documentedMoves reads the state table of a section of the page on routing: rows whose first
// two cells hold statuses, in code. Rows that begin or end outside of the table's noun do not.
func documentedMoves(t *testing.T, section string) []string {
	t.Helper()
	_, text, ok := strings.Cut(readFile(t, reference+"/routing.md"), "\n### "+section+" ")
	if !ok {
		t.Fatalf("routing.md has no section %s", section)
	}
	text, _, _ = strings.Cut(text, "\n##")
	var list []string
	for line := range strings.SplitSeq(text, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		for _, from := range codeSpan.FindAllString(cells[1], -1) {
			for _, to := range codeSpan.FindAllString(cells[2], -1) {
				list = append(list, strings.Trim(from, "`")+" → "+strings.Trim(to, "`"))
			}
		}
	}
	return list
}

// files lists the files below a folder that end in one of the extensions, those aside that are
// not ours or made from others.
func files(t *testing.T, folder string, extensions ...string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS("."), folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (skipped(name, d.Name()) || d.Name() == "dist"):
			return fs.SkipDir
		case !d.IsDir() && slices.Contains(extensions, path.Ext(name)):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
