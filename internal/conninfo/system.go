package conninfo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// System is what this package asks of the machine. Every field that is nil or
// empty stands for the real one, so the zero System is the machine itself.
type System struct {
	LookupEnv func(name string) (string, bool)
	ReadFile  func(name string) ([]byte, error)
	Stat      func(name string) (fs.FileInfo, error) // follows links
	HomeDir   func() (string, error)                 // asked when HOME is not set
	UserName  func() (string, error)                 // the operating system's user

	// GOOS chooses the platform's rules, in the words of runtime.GOOS.
	GOOS string
	// SocketDir is the directory of the default socket. When empty, it is
	// /var/run/postgresql if the socket for the port is there, else /tmp.
	SocketDir string
	// ConfigDirs are searched for pg_service.conf when PGSYSCONFDIR is not set.
	// When empty, they are the directories that common packages of libpq have
	// compiled in.
	ConfigDirs []string
}

// Places that libpq has compiled in, which differ between its packages.
var (
	socketDirs = [...]string{"/var/run/postgresql", "/tmp"}
	configDirs = []string{"/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/pgsql/etc"}
)

// maxFile bounds the service file and the password file, so that a wrong name
// (a device, a dump) does not fill the memory. libpq has no bound.
const maxFile = 16 << 20

var errFileTooLarge = fmt.Errorf("file is larger than %d bytes", maxFile)

// withDefaults fills in the real machine.
func (s System) withDefaults() System {
	if s.LookupEnv == nil {
		s.LookupEnv = os.LookupEnv
	}
	if s.ReadFile == nil {
		s.ReadFile = readFile
	}
	if s.Stat == nil {
		s.Stat = os.Stat
	}
	if s.HomeDir == nil {
		s.HomeDir = realHomeDir
	}
	if s.UserName == nil {
		s.UserName = realUserName
	}
	if s.GOOS == "" {
		s.GOOS = runtime.GOOS
	}
	if s.ConfigDirs == nil {
		s.ConfigDirs = configDirs
	}
	return s
}

// readFile is os.ReadFile with a bound.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errFileTooLarge
	}
	return data, err
}

func realHomeDir() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return u.HomeDir, nil
}

func realUserName() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", err
	}
	return u.Username, nil
}

// windows reports whether Windows' rules apply.
func (s *System) windows() bool { return s.GOOS == "windows" }

// join makes a file name from slash-separated parts.
func (s *System) join(parts ...string) string {
	name := strings.Join(parts, "/")
	if s.windows() && runtime.GOOS == "windows" {
		return filepath.FromSlash(name)
	}
	return name
}

// home returns the user's directory for PostgreSQL's files, or "" when there
// is none: the home directory, or on Windows the folder postgresql in the
// application data.
func (s *System) home() string {
	if s.windows() {
		if dir, _ := s.LookupEnv("APPDATA"); dir != "" {
			return s.join(dir, "postgresql")
		}
		return ""
	}
	if dir, _ := s.LookupEnv("HOME"); dir != "" {
		return dir
	}
	dir, err := s.HomeDir()
	if err != nil {
		return ""
	}
	return dir
}

// sslDir returns the user's directory for certificates and keys, or "".
func (s *System) sslDir() string {
	if dir := s.home(); dir == "" || s.windows() {
		return dir
	}
	return s.homeFile(".postgresql", "")
}

// homeFile returns the name of a file in the user's directory, or "". On
// Windows it has another name, given second.
func (s *System) homeFile(name, windowsName string) string {
	dir := s.home()
	if dir == "" {
		return ""
	}
	if s.windows() {
		name = windowsName
	}
	return s.join(dir, name)
}

// userName returns the name of the operating system's user, without the domain
// that Windows puts before it.
func (s *System) userName() (string, error) {
	name, err := s.UserName()
	if err != nil {
		return "", err
	}
	if s.windows() {
		name = name[strings.LastIndexByte(name, '\\')+1:]
	}
	if name == "" {
		return "", errors.New("the operating system's user has no name")
	}
	return name, nil
}

// socketDir returns the directory of the default socket for a port, or "" on
// Windows, where localhost is the default.
func (s *System) socketDir(port uint16) string {
	if s.SocketDir != "" || s.windows() {
		return s.SocketDir
	}
	for _, dir := range socketDirs {
		info, err := s.Stat(socketFile(dir, port))
		if err == nil && info.Mode()&fs.ModeSocket != 0 {
			return dir
		}
	}
	return socketDirs[len(socketDirs)-1]
}

// isSocketPath reports whether a host item names a socket directory: an absolute
// path, or "@" and a name in the abstract namespace.
func (s *System) isSocketPath(host string) bool {
	if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") {
		return true
	}
	if !s.windows() || len(host) == 0 {
		return false
	}
	letter := host[0]|0x20 >= 'a' && host[0]|0x20 <= 'z'
	return host[0] == '\\' || len(host) > 2 && letter && host[1] == ':' && (host[2] == '\\' || host[2] == '/')
}

// socketFile returns the socket for a port in a directory.
func socketFile(dir string, port uint16) string { return fmt.Sprintf("%s/.s.PGSQL.%d", dir, port) }
