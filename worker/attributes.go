package worker

import (
	"encoding/json"
	"fmt"
)

// Attributes is a JSON object, as the text that the server sent. It is the attributes of a
// worker or a task: whatever the program that made them put there.
type Attributes string

// Decode reads the attributes into v, as [json.Unmarshal] does. Attributes that are missing
// read as an empty object.
func (a Attributes) Decode(v any) error {
	if a == "" {
		a = "{}"
	}
	if err := json.Unmarshal([]byte(a), v); err != nil {
		return fmt.Errorf("attributes: %w", err)
	}
	return nil
}

// attributesText is what a program means by attributes: JSON text as it is, anything else as
// its JSON.
func attributesText(v any) (string, error) {
	switch v := v.(type) {
	case Attributes:
		return string(v), nil
	case string:
		return v, nil
	case json.RawMessage:
		return string(v), nil
	case []byte:
		return string(v), nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("attributes: %w", err)
	}
	return string(text), nil
}
