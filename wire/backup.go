package wire

// The messages that BASE_BACKUP sends inside CopyData from PostgreSQL 15 on
// (manual, section "Streaming Replication Protocol", BASE_BACKUP).

// NewArchive begins an archive of a base backup.
type NewArchive struct {
	Name       string
	Tablespace string // full path; "" for the main data directory
}

var newArchiveLayout = Layout{
	Kind: KindNewArchive, Name: "NewArchive", From: Backend, Type: 'n', Envelope: Embedded, Large: true, Since: "PostgreSQL 15",
	Doc: "A new archive of the backup begins.",
	Fields: []Field{
		{Name: "name", Kind: CString, Doc: "the name of the archive file"},
		{Name: "tablespace", Kind: CString, Doc: "the full path of its tablespace; empty for the main data directory"},
	},
	new: func() Message { return new(NewArchive) },
}

// Kind returns KindNewArchive.
func (*NewArchive) Kind() Kind { return KindNewArchive }

// Append appends the message.
func (m *NewArchive) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindNewArchive)
	e.cstring("name", m.Name)
	e.cstring("tablespace", m.Tablespace)
	return e.finish()
}

// Parse reads the message from its body.
func (m *NewArchive) Parse(body []byte) error {
	d := decoder{body: body}
	m.Name = d.cstring()
	m.Tablespace = d.cstring()
	return d.finish(KindNewArchive)
}

// Manifest begins the manifest of a base backup.
type Manifest struct{}

var manifestLayout = Layout{
	Kind: KindManifest, Name: "Manifest", From: Backend, Type: 'm', Envelope: Embedded, Large: true, Since: "PostgreSQL 15",
	Doc: "The backup manifest begins.",
	new: func() Message { return new(Manifest) },
}

// Kind returns KindManifest.
func (*Manifest) Kind() Kind { return KindManifest }

// Append appends the message.
func (*Manifest) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindManifest) }

// Parse reads the message from its body.
func (*Manifest) Parse(body []byte) error { return parseEmpty(body, KindManifest) }

// ArchiveData is a piece of an archive or of the manifest of a base backup.
type ArchiveData struct {
	Data []byte
}

var archiveDataLayout = Layout{
	Kind: KindArchiveData, Name: "ArchiveData", From: Backend, Type: 'd', Envelope: Embedded, Large: true, Since: "PostgreSQL 15",
	Doc: "A piece of the archive or of the manifest.",
	Fields: []Field{
		{Name: "data", Kind: Rest, Doc: "the data"},
	},
	new: func() Message { return new(ArchiveData) },
}

// Kind returns KindArchiveData.
func (*ArchiveData) Kind() Kind { return KindArchiveData }

// Append appends the message.
func (m *ArchiveData) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindArchiveData)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *ArchiveData) Parse(body []byte) error {
	d := decoder{body: body}
	m.Data = d.rest()
	return d.finish(KindArchiveData)
}

// ProgressReport says how far the current tablespace of a base backup has come.
type ProgressReport struct {
	Done int64 // bytes of the current tablespace
}

var progressReportLayout = Layout{
	Kind: KindProgressReport, Name: "ProgressReport", From: Backend, Type: 'p', Envelope: Embedded, Large: true, Since: "PostgreSQL 15",
	Doc: "How far the current tablespace has come.",
	Fields: []Field{
		{Name: "done", Kind: Int64, Doc: "bytes of the current tablespace that are done"},
	},
	new: func() Message { return new(ProgressReport) },
}

// Kind returns KindProgressReport.
func (*ProgressReport) Kind() Kind { return KindProgressReport }

// Append appends the message.
func (m *ProgressReport) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindProgressReport)
	e.uint64(uint64(m.Done))
	return e.finish()
}

// Parse reads the message from its body.
func (m *ProgressReport) Parse(body []byte) error {
	d := decoder{body: body}
	m.Done = int64(d.uint64())
	return d.finish(KindProgressReport)
}
