package wire

var backup = Context{Payload: PayloadBackup}

var backupSamples = []sample{
	{"main directory", &NewArchive{"base.tar", ""}, backup, "nbase.tar\x00\x00"},
	{"tablespace", &NewArchive{"16385.tar", "/srv/fast"}, backup, "n16385.tar\x00/srv/fast\x00"},
	{"", &Manifest{}, backup, "m"},
	{"data", &ArchiveData{[]byte("PG_VERSION\x00")}, backup, "dPG_VERSION\x00"},
	{"no data", &ArchiveData{[]byte{}}, backup, "d"},
	{"bytes", &ProgressReport{1 << 20}, backup, "p\x00\x00\x00\x00\x00\x10\x00\x00"},
	{"negative", &ProgressReport{-1}, backup, "p\xff\xff\xff\xff\xff\xff\xff\xff"},
}

var backupFlaws = []flaw{
	{"no name", KindNewArchive, backup, "base.tar", "name", 1, "has no terminating zero byte"},
	{"no tablespace", KindNewArchive, backup, "base.tar\x00", "tablespace", 10, "has no terminating zero byte"},
	{"a third string", KindNewArchive, backup, "a\x00b\x00\x00", "end", 5, "1 byte after the last field"},
	{"something in it", KindManifest, backup, "{}", "end", 1, "2 bytes after the last field"},
	{"half a number", KindProgressReport, backup, "\x00\x00\x00\x00", "done", 1, "needs 8 bytes, 4 left"},
	{"number and a half", KindProgressReport, backup, "\x00\x00\x00\x00\x00\x00\x00\x00\x00", "end", 9, "1 byte after the last field"},
}

var backupRefusals = []encodeFlaw{
	{"NUL in the name", &NewArchive{"a\x00", ""}, "name", "contains a NUL byte"},
	{"NUL in the tablespace", &NewArchive{"a", "/\x00"}, "tablespace", "contains a NUL byte"},
}
