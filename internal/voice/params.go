package voice

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"taskrouter"
)

// Params are the parameters of an instruction by their names in JSON answers, such as
// status_callback_url. Lists have commas between their members.
type Params map[string]string

// ParamsOf reads the keys of a JSON answer. What is neither text nor number nor truth value means
// nothing in an instruction and is left out.
func ParamsOf(answer map[string]any) Params {
	p := make(Params, len(answer))
	for name, value := range answer {
		switch v := value.(type) {
		case string:
			p[name] = v
		case bool:
			// The hosted service takes no notice of conference_record unless it is a text.
			if name != "conference_record" {
				p[name] = strconv.FormatBool(v)
			}
		case json.Number:
			p[name] = v.String()
		case float64:
			p[name] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return p
}

// Names are the parameters that a kind of instruction has, by their names in JSON answers.
// Spec: callbacks 2
func Names(k Kind) []string {
	switch k {
	case Dequeue:
		return []string{"to", "from", "post_work_activity_sid", "record", "timeout",
			"status_callback_url", "status_callback_events"}
	case Call:
		return []string{"to", "from", "url", "accept", "record", "timeout", "status_callback_url"}
	case Redirect:
		return []string{"call_sid", "url", "accept"}
	case Supervise:
		return []string{"supervisor", "supervisor_mode"}
	}
	names := []string{"to", "from", "post_work_activity_sid", "timeout", "status_callback",
		"status_callback_method", "status_callback_event"}
	for _, o := range options {
		names = append(names, o.name)
	}
	return names
}

// FormName is the name of a parameter over REST.
func FormName(k Kind, name string) string {
	var b strings.Builder
	switch k {
	case Dequeue, Call, Redirect:
		b.WriteString(strings.ToUpper(string(k[:1])))
		b.WriteString(string(k[1:]))
		if name == "status_callback_events" {
			name = "status_callback_event"
		}
	}
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]))
		b.WriteString(part[1:])
	}
	return b.String()
}

// Words that several parameters share. Spec: rest-api 10.1
var (
	recordWords = []string{"record-from-answer", "do-not-record", "true", "false"}
	callEvents  = []string{"initiated", "ringing", "answered", "completed"}
	roomEvents  = []string{"start", "end", "join", "leave", "mute", "hold", "speaker"}
	regions     = []string{"us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"}
	methods     = []string{"GET", "POST"}
	truths      = []string{"true", "false"}
)

// An option is a parameter of a conference that is passed on as it is.
type option struct {
	name string
	fits func(value string) bool
}

// options are those of a conference. Spec: callbacks 2
var options = []option{
	{"record", among(recordWords...)},
	{"muted", among(truths...)},
	{"beep", among("true", "false", "onEnter", "onExit")},
	{"start_conference_on_enter", among(truths...)},
	{"end_conference_on_exit", among(truths...)},
	{"end_conference_on_customer_exit", among(truths...)},
	{"beep_on_customer_entrance", among(truths...)},
	{"wait_url", isURL},
	{"wait_method", among(methods...)},
	{"early_media", among(truths...)},
	{"max_participants", within(2, 250)},
	{"conference_status_callback", isURL},
	{"conference_status_callback_method", among(methods...)},
	{"conference_status_callback_event", listOf(roomEvents...)},
	{"conference_record", among("true", "false", "record-from-start", "do-not-record")},
	{"conference_trim", among("trim-silence", "do-not-trim")},
	{"recording_channels", among("mono", "dual")},
	{"recording_status_callback", isURL},
	{"recording_status_callback_method", among(methods...)},
	{"conference_recording_status_callback", isURL},
	{"conference_recording_status_callback_method", among(methods...)},
	{"region", among(regions...)},
	{"sip_auth_username", anything},
	{"sip_auth_password", anything},
	{"jitter_buffer_size", among("small", "medium", "large", "off")},
}

func anything(string) bool { return true }

// among accepts words whatever their case.
func among(words ...string) func(string) bool {
	return func(v string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(v, w) })
	}
}

// listOf accepts words with commas or blanks between them.
func listOf(words ...string) func(string) bool {
	fits := among(words...)
	return func(v string) bool {
		return !slices.ContainsFunc(list(v), func(w string) bool { return !fits(w) })
	}
}

func within(least, most int) func(string) bool {
	return func(v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= least && n <= most
	}
}

func isURL(v string) bool {
	u, err := url.Parse(v)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// list takes a list apart.
func list(v string) []string {
	return strings.FieldsFunc(strings.ToLower(v), func(r rune) bool { return r == ',' || r == ' ' })
}

// isAddress reports whether a call can be placed to s: a number such as +14155550100, a client or
// a SIP address.
func isAddress(s string) bool {
	scheme, rest, named := strings.Cut(s, ":")
	switch {
	case !named:
		return isNumber(s)
	case strings.EqualFold(scheme, "client"):
		return rest != ""
	case strings.EqualFold(scheme, "sip"), strings.EqualFold(scheme, "sips"):
		user, host, ok := strings.Cut(rest, "@")
		return ok && user != "" && host != ""
	}
	return false
}

// isSIP reports whether an address is one of SIP, where it may ring for a shorter time.
func isSIP(s string) bool {
	scheme, _, _ := strings.Cut(s, ":")
	return strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")
}

// isNumber reports whether s is a telephone number: a plus and up to 15 digits.
func isNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	if !ok || digits == "" || len(digits) > 15 {
		return false
	}
	return !strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
}

// attributes are those attributes of a worker or task that are plain texts.
func attributes(document string) map[string]string {
	var all map[string]any
	if json.Unmarshal([]byte(document), &all) != nil {
		return nil
	}
	return ParamsOf(all)
}

// isCall reports whether s is the SID of a call.
func isCall(s string) bool { return taskrouter.ValidSID("CA", s) }
