// Package sqltext judges a statement by its words, without parsing it: whether it
// plainly reads, whether it needs a session of its own. Where words do not tell,
// it errs on the side of caution.
package sqltext

import "strings"

// Kind is what a statement may be treated as, judged by its text.
type Kind uint8

// The kinds.
const (
	Other   Kind = iota // it gets a connection of its own: DDL, VACUUM, CALL, DO, …
	Read                // plainly a read, which calls no function that might do anything else
	Write               // INSERT, UPDATE, DELETE, MERGE, and reads that lock or may do something else
	Session             // it changes or needs the session, which callers do not share
)

// Traits are what the text of a statement tells. A word counts wherever it
// stands, also in a literal or a comment.
type Traits struct {
	Kind Kind
	// Repeatable says that the statement may be run again when nobody knows
	// whether it was run: it is plainly a read.
	Repeatable bool
	// Dirty says that the statement leaves something behind in the session
	// that its command tag does not tell of.
	Dirty bool
	// Path says that the statement may change the search path.
	Path bool
}

// Classify judges a statement by its words.
func Classify(sql string) Traits {
	t := Traits{Kind: firstWords[FirstWord(sql)]}
	if t.Kind != Session && hasEscapedName(sql) {
		t.Kind = Other // nobody reads such a name here
	}
	only := t.Kind == Read || t.Kind == Write || FirstWord(sql) == "show" // it can only change the path by a function
	qualified := hasHiddenDot(sql)
	for w := range words(sql) {
		t.Path = t.Path || !only && w.movesPath() || w.call && w.text == "set_config"
		switch {
		case w.lastsInSession():
			t.Kind, t.Dirty = Session, true
		case t.Kind == Read && (writingWords[w.text] || w.call && (qualified || w.named || !harmlessCalls[w.text])):
			t.Kind = Write
		}
	}
	t.Repeatable = t.Kind == Read
	return t
}

// MovesPath reports whether anything in a text of several statements may change
// the search path.
func MovesPath(sql string) bool {
	for w := range words(sql) {
		if w.movesPath() {
			return true
		}
	}
	return false
}

// movesPath reports whether a word is of what changes the search path: SET
// search_path, set_config('search_path', …), SET SCHEMA, RESET ALL, DISCARD ALL.
func (w word) movesPath() bool {
	switch w.text {
	case "search_path":
		return true
	case "schema":
		return w.ahead[0] == "set" || w.ahead[1] == "set" && (w.ahead[0] == "local" || w.ahead[0] == "session")
	case "all":
		return w.ahead[0] == "reset" || w.ahead[0] == "discard"
	}
	return false
}

// SessionWord returns the word for which a statement is one of a session: what it
// begins with, or what it calls or makes.
func SessionWord(sql string) string {
	first := FirstWord(sql)
	if firstWords[first] == Session {
		return first
	}
	for w := range words(sql) {
		if w.lastsInSession() {
			return w.text
		}
	}
	return first
}

// LeavesTraces reports whether anything in a text of several statements may leave
// something behind in the session that no command tag tells of.
func LeavesTraces(sql string) bool {
	for w := range words(sql) {
		if w.lastsInSession() {
			return true
		}
	}
	return false
}

// ShowsSession reports whether a statement looks at what is the session's own,
// such as its process or its settings.
func ShowsSession(sql string) bool {
	for w := range words(sql) {
		if showingWords[w.text] {
			return true
		}
	}
	return false
}

// FirstWord returns the first word of a statement, in lower case, "" when it
// does not begin with a word or with spaces and comments before one.
func FirstWord(sql string) string {
	for {
		sql = strings.TrimLeft(sql, blanks+"(")
		switch {
		case strings.HasPrefix(sql, "--"):
			end := strings.IndexAny(sql, "\r\n")
			if end < 0 {
				return ""
			}
			sql = sql[end:]
		case strings.HasPrefix(sql, "/*"):
			comment, rest, _ := strings.Cut(sql[2:], "*/")
			if strings.Contains(comment, "/*") {
				return "" // comments within comments are not worth the trouble
			}
			sql = rest
		default:
			end := strings.IndexFunc(sql, func(r rune) bool { return (r|0x20) < 'a' || (r|0x20) > 'z' })
			if end < 0 {
				end = len(sql)
			}
			return strings.ToLower(sql[:end])
		}
	}
}

// word is a word of a statement, in lower case.
type word struct {
	text  string
	call  bool      // a parenthesis follows, as it does after the name of a function
	dot   bool      // a dot follows, as it does after the name of a schema
	named bool      // it is in quotes or behind the name of a schema other than pg_catalog
	ahead [2]string // the word before it, and the one before that
}

// lastsInSession reports whether a word tells that the statement leaves something
// behind in the session, or looks for what was left there.
func (w word) lastsInSession() bool {
	switch w.text {
	case "temp", "temporary":
		switch w.ahead[0] {
		case "create", "replace", "local", "global":
			return true
		case "into":
			return w.ahead[1] != "insert" && w.ahead[1] != "merge"
		}
	case "pg_temp":
		return w.dot
	}
	return w.call && sessionFunctions[w.text]
}

// words yields the words of a text.
func words(sql string) func(func(word) bool) {
	return func(yield func(word) bool) {
		var w word
		for i := 0; i < len(sql); {
			if !wordByte(sql[i]) {
				i++
				continue
			}
			start := i
			for i < len(sql) && wordByte(sql[i]) {
				i++
			}
			before := strings.TrimRight(sql[:start], blanks)
			w.ahead = [2]string{w.text, w.ahead[0]}
			w.text = strings.ToLower(sql[start:i])
			w.call, w.dot = follows(sql[i:])
			w.named = strings.HasSuffix(before, ".") && !strings.HasSuffix(before, "pg_catalog.") ||
				strings.HasPrefix(sql[i:], "\"")
			if !yield(w) {
				return
			}
		}
	}
}

// blanks are what PostgreSQL takes for white space.
const blanks = " \t\r\n\f\v"

// maxPassed is how long a comment may be to be passed over.
const maxPassed = 4 << 10

// follows reports whether a parenthesis or a dot comes next, behind a quote, white
// space and comments. A comment that is too long or too intricate to be passed
// over counts as a parenthesis.
func follows(rest string) (parenthesis, dot bool) {
	for range 16 {
		rest = strings.TrimLeft(rest, blanks+"\"")
		near := rest[:min(len(rest), maxPassed)]
		switch {
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexAny(near, "\r\n")
			if end < 0 {
				return len(rest) > len(near), false
			}
			rest = rest[end:]
		case strings.HasPrefix(rest, "/*"):
			comment, _, ended := strings.Cut(near[2:], "*/")
			if !ended || strings.Contains(comment, "/*") {
				return true, false
			}
			rest = rest[2+len(comment)+2:]
		default:
			return strings.HasPrefix(rest, "("), strings.HasPrefix(rest, ".")
		}
	}
	return true, false
}

// hasHiddenDot reports whether a comment stands behind a dot, so that one cannot
// see from a word whether it is behind the name of a schema.
func hasHiddenDot(sql string) bool {
	for _, rest, more := strings.Cut(sql, "."); more; _, rest, more = strings.Cut(rest, ".") {
		next := strings.TrimLeft(rest, blanks)
		if strings.HasPrefix(next, "--") || strings.HasPrefix(next, "/*") {
			return true
		}
	}
	return false
}

// hasEscapedName reports whether a text has a name such as U&"\0061", or
// something that looks like one.
func hasEscapedName(sql string) bool {
	return strings.Contains(sql, `u&"`) || strings.Contains(sql, `U&"`)
}

// wordByte reports whether a byte can be part of a name.
func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '$' || b >= 0x80
}

func set(text string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		m[w] = true
	}
	return m
}

var firstWords = func() map[string]Kind {
	m := map[string]Kind{}
	for k, text := range map[Kind]string{
		Read:  "select values table with",
		Write: "insert update delete merge",
		Session: `set reset begin start commit end abort rollback savepoint release prepare execute deallocate discard
			declare fetch move close listen unlisten load lock`,
	} {
		for w := range set(text) {
			m[w] = k
		}
	}
	return m
}()

// writingWords make a read something else: they change data, or lock it.
var writingWords = set("insert update delete merge into share nextval setval")

// sessionFunctions leave something behind in the session, or look for what was
// left there.
var sessionFunctions = set(`set_config setseed pg_advisory_lock pg_advisory_lock_shared pg_try_advisory_lock
	pg_try_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all currval lastval
	set_limit set_user reset_user pg_replication_origin_session_setup pg_replication_origin_session_reset
	lo_open lo_close loread lowrite lo_lseek lo_lseek64 lo_tell lo_tell64 lo_truncate lo_truncate64 dblink_connect dblink_connect_u dblink_disconnect`)

// showingWords show what is the session's own.
var showingWords = set(`pg_backend_pid current_setting current_schema current_schemas session_user current_user current_role
	pg_my_temp_schema pg_trigger_depth pg_listening_channels pg_prepared_statements pg_cursors pg_settings
	inet_client_port inet_server_addr pg_current_xact_id pg_current_xact_id_if_assigned txid_current txid_current_if_assigned`)

// harmlessCalls are functions, types and words of SQL before a parenthesis which
// do nothing but compute.
var harmlessCalls = set(`
	select from where and or not in any all some exists as on using values by over filter within case when then else
	union except intersect with lateral join limit offset between like ilike is distinct having row rows array cast interval only
	grouping sets cube rollup partition order group collate recursive materialized returning
	numeric decimal varchar char character bit float time timestamp timestamptz timetz varying precision
	count sum min max avg stddev variance coalesce nullif greatest least lower upper initcap length char_length octet_length bit_length
	substring substr trim btrim ltrim rtrim lpad rpad replace translate concat concat_ws left right position strpos split_part
	starts_with reverse repeat overlay format md5 sha256 encode decode convert_from convert_to chr ascii quote_literal quote_ident
	abs ceil ceiling floor round trunc mod power sqrt exp ln sign random div gcd lcm degrees radians sin cos tan atan atan2 pi
	now date_trunc date_part date_bin extract age to_char to_date to_timestamp to_number make_date make_time make_timestamp
	make_timestamptz make_interval clock_timestamp statement_timestamp transaction_timestamp timezone justify_days justify_hours
	array_agg string_agg json_agg jsonb_agg json_build_object jsonb_build_object json_build_array jsonb_build_array
	json_object_agg jsonb_object_agg row_to_json to_json to_jsonb json_array_elements jsonb_array_elements json_array_elements_text
	jsonb_array_elements_text json_array_length jsonb_array_length json_each jsonb_each json_each_text jsonb_each_text
	json_extract_path jsonb_extract_path json_extract_path_text jsonb_extract_path_text jsonb_path_query jsonb_path_exists
	jsonb_set jsonb_strip_nulls jsonb_typeof json_typeof
	unnest generate_series array_length array_upper array_lower array_dims cardinality array_position array_remove array_append
	array_cat array_to_string string_to_array bool_and bool_or every bit_and bit_or
	row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
	percentile_cont percentile_disc mode corr regexp_match regexp_matches regexp_replace regexp_split_to_table regexp_split_to_array
	similarity to_tsvector to_tsquery plainto_tsquery websearch_to_tsquery ts_rank ts_headline
	gen_random_uuid current_setting current_schema current_database version pg_backend_pid pg_typeof lower_inc upper_inc isempty
`)
