package conninfo

func installedDirs() []string { return nil }
