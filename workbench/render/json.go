package render

import (
	"encoding/json"
	"io"
	"strings"
	"time"
)

// jsonMessage is a message as one JSON object.
type jsonMessage struct {
	Number   int         `json:"number"`
	Time     string      `json:"time,omitempty"`
	From     string      `json:"from"`
	Message  string      `json:"message"`
	Embedded []string    `json:"embedded,omitempty"`
	Offset   int64       `json:"offset"`
	Size     int         `json:"size"`
	Flow     int         `json:"flow,omitempty"`
	Answers  *jsonAnswer `json:"answers,omitempty"`
	Skipped  bool        `json:"skipped,omitempty"`
	Problems []string    `json:"problems,omitempty"`
	Hex      string      `json:"hex"`
	Spans    []jsonSpan  `json:"spans"`
}

type jsonAnswer struct {
	Number  int    `json:"number"`
	Message string `json:"message"`
	Micros  *int64 `json:"after_us,omitempty"`
}

type jsonSpan struct {
	Name   string `json:"name"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Value  any    `json:"value"`
	Type   string `json:"type,omitempty"`
	Column string `json:"column,omitempty"`
	Note   string `json:"note,omitempty"`
	Masked bool   `json:"masked,omitempty"`
}

// JSON writes a message as one JSON object on a line: which message it is,
// from whom, its bytes in hex and its spans with their values. Offsets count
// bytes; "start" and "end" from the first byte of the message, "offset" from
// the first byte of its sender. Masked bytes are "··" in hex and their value
// is null.
func JSON(w io.Writer, m *Message, o Options) error {
	j := jsonMessage{
		Number: m.Number, From: m.From.String(), Message: m.Kind.String(), Offset: m.Offset,
		Size: len(m.Raw), Flow: m.Flow, Skipped: m.Skipped, Problems: m.Problems(),
	}
	if m.Kind == 0 {
		j.Message = ""
	}
	for _, k := range m.Dissection.Embedded {
		j.Embedded = append(j.Embedded, k.String())
	}
	if !m.Time.IsZero() {
		j.Time = m.Time.UTC().Format(time.RFC3339Nano)
	}
	if m.Answers != 0 {
		j.Answers = &jsonAnswer{Number: m.Request, Message: m.Answers.String()}
		if m.Since > 0 {
			j.Answers.Micros = new(m.Since.Microseconds())
		}
	}
	var hex strings.Builder
	for _, p := range m.parts(o.Secrets) {
		j.Spans = append(j.Spans, jsonSpan{p.Name, p.Start, p.End, p.value, p.kind, shortName(p.column), p.note, p.masked})
		if p.masked {
			hex.WriteString(strings.Repeat("··", len(p.bytes)))
		} else {
			hex.WriteString(hexOf(p.bytes))
		}
	}
	j.Hex = hex.String()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(j)
}

var _ Face = JSON
