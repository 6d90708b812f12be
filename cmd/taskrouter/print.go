package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// Forms in which commands print data. Table is another word for text: what can be a table is one.
const (
	formText  = "text"
	formTable = "table"
	formJSON  = "json"
)

// An outputForm is the value of the flag that chooses between them.
type outputForm string

// String is the form.
func (f *outputForm) String() string { return string(*f) }

// Set takes a form by its name.
func (f *outputForm) Set(name string) error {
	switch name {
	case formTable:
		name = formText
	case formText, formJSON:
	default:
		return errors.New("unknown form")
	}
	*f = outputForm(name)
	return nil
}

// Type is what messages say the value must be.
func (f *outputForm) Type() string { return "one of text, table, json" }

// defineForm adds the flag that chooses between text and JSON.
func defineForm(cmd *cobra.Command, form *string) {
	*form = formText
	cmd.Flags().VarP((*outputForm)(form), "output", "o", "`form` of the data printed: text or json")
}

// defineTable adds the flag that chooses between a table and JSON.
func defineTable(cmd *cobra.Command, form *string) {
	*form = formText
	cmd.Flags().VarP((*outputForm)(form), "output", "o",
		"`form` of the data printed: table, or json, one object a line")
	cmd.Flags().Lookup("output").DefValue = formTable
}

// printJSON prints a value as one line.
func (p *program) printJSON(value any) error {
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return failed(fmt.Errorf("write output: %w", err))
	}
	return nil
}

// A table prints things as they come: as rows under a heading, or as JSON.
type table struct {
	p       *program
	json    bool
	columns []column
	rows    *tabwriter.Writer
	n       int
}

// A column of a table has a heading and takes its value out of a thing.
type column struct {
	heading string
	value   func(thing) string
}

// plain is a column with the value of a key.
func plain(heading, key string) column {
	return column{heading, func(t thing) string { return t.text(key) }}
}

// table returns an empty table in the form that is asked for.
func (p *program) table(form string, columns ...column) *table {
	return &table{
		p: p, json: form == formJSON, columns: columns,
		rows: tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0),
	}
}

// add prints a thing.
func (t *table) add(item thing) error {
	if t.json {
		return t.p.printJSON(item)
	}
	if t.n == 0 {
		t.row(func(c column) string { return c.heading })
	}
	t.n++
	t.row(func(c column) string { return oneLine(c.value(item)) })
	return nil
}

func (t *table) row(cell func(column) string) {
	for i, c := range t.columns {
		if i > 0 {
			fmt.Fprint(t.rows, "\t")
		}
		fmt.Fprint(t.rows, cell(c))
	}
	fmt.Fprintln(t.rows)
}

// end prints what is left of a table, and says so on standard error if there was nothing.
func (t *table) end(nothing string) error {
	if t.n == 0 && !t.json {
		t.p.say("%s", nothing)
	}
	if err := t.rows.Flush(); err != nil {
		return failed(fmt.Errorf("write output: %w", err))
	}
	return nil
}

// oneLine makes a value fit into a row: without line breaks, tabs and control characters that
// would reach the terminal.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s
}

// ago is a date as the time since then: 42s, 12m, 3h5m.
func ago(date string, now time.Time) string {
	t, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return date
	}
	return brief(max(0, now.Sub(t)))
}

// brief is a duration in its two largest units.
func brief(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
	}
}
