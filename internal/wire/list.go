package wire

// Meta describes one page of a list. Spec: rest-api 3
type Meta struct {
	Key      string // of the list beside it: "tasks"
	Page     int    // from 0
	PageSize int
	// URL is this page, First the first one; both are always there. Next and Previous are
	// empty where there is no such page.
	URL, First, Next, Previous string
}

// AppendList appends a page: the items under meta's key, each written by one, and then meta
// itself, which has seven keys, always.
func AppendList[T any](dst []byte, meta Meta, items []T, one func([]byte, T) []byte) []byte {
	o := &object{dst}
	o.open()
	o.key(meta.Key)
	o.b = append(o.b, '[')
	for i, item := range items {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = one(o.b, item)
	}
	o.b = append(o.b, ']')
	o.key("meta")
	o.open()
	o.text("key", meta.Key)
	o.text("url", meta.URL)
	o.text("first_page_url", meta.First)
	o.textOrNull("next_page_url", meta.Next)
	o.textOrNull("previous_page_url", meta.Previous)
	o.number("page", meta.Page)
	o.number("page_size", meta.PageSize)
	o.close()
	o.close()
	return o.b
}
