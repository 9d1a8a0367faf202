package conninfo

// A scenario is a connection string in its surroundings. In every text, $DIR stands
// for a directory of the test, which is also HOME.
type scenario struct {
	conn  string
	env   map[string]string
	files map[string]string // name in $DIR to content; mode 0600
	mode  uint32            // of .pgpass, when not 0600
}

// here is where the strings below point unless the point is another: nothing
// listens there, so libpq fails at once and says what it tried.
const here = "hostaddr=127.0.0.1 port=1 "

const serviceFile = "# services\n[other]\nuser=wrong\n\n  [svc]  \n host=/srv,/srv2\nport=7\n  # remark\nuser=serviceuser\ndbname= spaced name \n[svc]\nuser=second\n"

var serviceHome = map[string]string{".pg_service.conf": serviceFile}

var scenarios = []scenario{
	// Defaults and the environment.
	{},
	{conn: here},
	{conn: "user=u"},
	{conn: "user=''"},
	{conn: "dbname='' user=u"},
	{conn: "user=u dbname=d"},
	{env: map[string]string{"PGHOST": "/a,/b", "PGPORT": "5,6", "PGUSER": "eu", "PGDATABASE": "ed", "PGPASSWORD": "ep"}},
	{conn: "host=/c", env: map[string]string{"PGHOST": "/a", "PGPORT": "5"}},
	{conn: "host=''", env: map[string]string{"PGHOST": "/a"}},
	{conn: "postgres:///", env: map[string]string{"PGHOST": "/a", "PGDATABASE": "d"}},
	{conn: "postgres:///?host=&dbname=", env: map[string]string{"PGHOST": "/a", "PGDATABASE": "d"}},
	{conn: "port='' host=/a", env: map[string]string{"PGPORT": "77"}},
	{env: map[string]string{"PGHOST": "", "PGPORT": "", "PGUSER": "", "PGDATABASE": ""}},
	{env: map[string]string{"PGSSLMODE": ""}},
	{env: map[string]string{"PGSSLMODE": "bogus"}},
	{conn: "sslmode=allow", env: map[string]string{"PGSSLMODE": "bogus"}},
	{env: map[string]string{"PGREQUIRESSL": "1"}},
	{env: map[string]string{"PGREQUIRESSL": "10"}},
	{env: map[string]string{"PGREQUIRESSL": "0"}},
	{env: map[string]string{"PGREQUIRESSL": ""}},
	{env: map[string]string{"PGREQUIRESSL": "1", "PGSSLMODE": "disable"}},
	{conn: "requiressl=0", env: map[string]string{"PGREQUIRESSL": "1"}},
	{env: map[string]string{"PGHOSTADDR": "127.0.0.1", "PGPORT": "1", "PGHOST": "name"}},
	{env: map[string]string{"PGAPPNAME": "a", "PGOPTIONS": "-c x=y", "PGCLIENTENCODING": "LATIN1", "PGCONNECT_TIMEOUT": "3", "PGSSLSNI": "0", "PGKRBSRVNAME": "k", "PGREQUIREPEER": "p"}},
	{env: map[string]string{"PGTARGETSESSIONATTRS": "any", "PGLOADBALANCEHOSTS": "disable", "PGCHANNELBINDING": "prefer", "PGREQUIREAUTH": "none", "PGGSSENCMODE": "disable", "PGMINPROTOCOLVERSION": "3.2", "PGSSLNEGOTIATION": "postgres", "PGSSLCERTMODE": "allow"}},
	// Hosts and ports.
	{conn: "host=/a,/b,/c"}, {conn: "host=/a,/b,/c port=1"}, {conn: "host=/a,/b,/c port=1,2,3"}, {conn: "host=/a,/b,/c port=1,2"},
	{conn: "host=/a port=1,2"}, {conn: "port=1,2"}, {conn: "port=,"}, {conn: "host=/a,/b port=,"}, {conn: "host=/a,/b port=,6"}, {conn: "host=,"}, {conn: "host=,,"},
	{conn: "host=/a, port=3"}, {conn: "host=,/a port=3,4"}, {conn: "host=@abs port=9"}, {conn: "host=/a port=''"}, {conn: "host=/a port=' 7 '"}, {conn: "host=/a port='\t7\n'"},
	{conn: "host=/a port=+7"}, {conn: "host=/a port=-7"}, {conn: "host=/a port=0"}, {conn: "host=/a port=65535"}, {conn: "host=/a port=65536"}, {conn: "host=/a port=99999999999"}, {conn: "host=/a port=007"}, {conn: "host=/a port=1_0"},
	{conn: "host=/a port=0x1"}, {conn: "host=/a port=abc"}, {conn: "host=/a port=1x"}, {conn: "host=/a port='1 2'"}, {conn: "host=/a port=' '"},
	{conn: "hostaddr=127.0.0.1,127.0.0.2 port=1"}, {conn: "hostaddr=127.0.0.1,127.0.0.2 port=1,2"}, {conn: "host=x,y hostaddr=127.0.0.1,127.0.0.2 port=1"}, {conn: "host=x hostaddr=127.0.0.1,127.0.0.2 port=1"},
	{conn: "host=x,y hostaddr=127.0.0.1 port=1"}, {conn: "hostaddr=,127.0.0.1 port=1"}, {conn: "host=/a, hostaddr=,127.0.0.1 port=1"}, {conn: "host='' hostaddr=127.0.0.1 port=1"}, {conn: "hostaddr='' host=/a"},
	{conn: "hostaddr=::1 port=1"}, {conn: "host=/a,/b load_balance_hosts=disable"},
	{conn: "postgres://%2Fa,%2Fb:2/d"}, {conn: "postgres://%2Fa:1,%2Fb:2/d"}, {conn: "postgres://%2Fa%2C%2Fb:2/d"}, {conn: "postgres://%2Fa:%20/d"},
	// Enumerations.
	{conn: "sslmode=disable"}, {conn: "sslmode=allow"}, {conn: "sslmode=require"}, {conn: "sslmode=verify-ca"}, {conn: "sslmode=verify-full"}, {conn: "sslmode=''"}, {conn: "sslmode=PREFER"}, {conn: "sslmode=verify"},
	{conn: "sslnegotiation=postgres"}, {conn: "sslnegotiation=direct"}, {conn: "sslnegotiation=direct sslmode=require"}, {conn: "sslnegotiation=direct sslmode=disable"}, {conn: "sslnegotiation=''"}, {conn: "sslnegotiation=requiredirect"},
	{conn: "sslrootcert=system"}, {conn: "sslrootcert=system sslmode=verify-full"}, {conn: "sslrootcert=system sslmode=verify-ca"}, {conn: "sslrootcert=system", env: map[string]string{"PGSSLMODE": "prefer"}}, {conn: "sslrootcert=system", env: map[string]string{"PGREQUIRESSL": "1"}}, {env: map[string]string{"PGSSLROOTCERT": "system"}}, {conn: "sslrootcert=System"}, {conn: "sslrootcert=system sslnegotiation=direct"},
	{conn: "channel_binding=disable"}, {conn: "channel_binding=require"}, {conn: "channel_binding=''"}, {conn: "channel_binding=on"},
	{conn: "gssencmode=prefer"}, {conn: "gssencmode=''"}, {conn: "gssencmode=x"}, {conn: "gssencmode=require"},
	{conn: "sslcertmode=disable"}, {conn: "sslcertmode=require"}, {conn: "sslcertmode=''"}, {conn: "sslcertmode=prefer"},
	{conn: "target_session_attrs=read-write"}, {conn: "target_session_attrs=read-only"}, {conn: "target_session_attrs=primary"}, {conn: "target_session_attrs=standby"}, {conn: "target_session_attrs=prefer-standby"}, {conn: "target_session_attrs=''"}, {conn: "target_session_attrs=master"},
	{conn: "load_balance_hosts=random"}, {conn: "load_balance_hosts=''"}, {conn: "load_balance_hosts=on"},
	{conn: "min_protocol_version=3.0"}, {conn: "min_protocol_version=3.2"}, {conn: "min_protocol_version=latest"}, {conn: "min_protocol_version=3.1"}, {conn: "min_protocol_version=''"}, {conn: "min_protocol_version=3"}, {conn: "min_protocol_version=LATEST"},
	{conn: "max_protocol_version=3.0"}, {conn: "max_protocol_version=3.2"}, {conn: "max_protocol_version=latest"}, {conn: "max_protocol_version=3.1"}, {conn: "max_protocol_version=''"}, {conn: "min_protocol_version=3.2 max_protocol_version=3.0"}, {conn: "min_protocol_version=latest max_protocol_version=3.2"}, {conn: "min_protocol_version=3.0 max_protocol_version=latest"},
	{conn: "ssl_min_protocol_version=TLSv1"}, {conn: "ssl_min_protocol_version=tlsV1.3"}, {conn: "ssl_min_protocol_version=''"}, {conn: "ssl_min_protocol_version=1.2"}, {conn: "ssl_min_protocol_version=SSLv3"}, {conn: "ssl_max_protocol_version=TLSv1.1"}, {conn: "ssl_max_protocol_version=TLSv1.2"}, {conn: "ssl_max_protocol_version=''"}, {conn: "ssl_max_protocol_version=TLSv2"}, {conn: "ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1"}, {conn: "ssl_min_protocol_version=TLSv1.1 ssl_max_protocol_version=TLSv1"}, {conn: "ssl_min_protocol_version='' ssl_max_protocol_version=TLSv1"},
	// The list of methods.
	{conn: "require_auth=''"}, {conn: "require_auth=password"}, {conn: "require_auth=password,md5,gss,sspi,scram-sha-256,oauth,none"}, {conn: "require_auth=!password,!md5,!gss,!sspi,!scram-sha-256,!oauth,!none"}, {conn: "require_auth=gss,sspi"}, {conn: "require_auth=!gss,!sspi"},
	{conn: "require_auth=password,!md5"}, {conn: "require_auth=!password,md5"}, {conn: "require_auth=password,password"}, {conn: "require_auth=!md5,!md5"}, {conn: "require_auth=none,none"}, {conn: "require_auth=!none,!none"}, {conn: "require_auth=oauth,oauth"}, {conn: "require_auth=!oauth,!scram-sha-256,!oauth"}, {conn: "require_auth=scram-sha-256,md5,scram-sha-256"}, {conn: "require_auth=!"}, {conn: "require_auth=,"}, {conn: "require_auth=md5,"}, {conn: "require_auth=,md5"}, {conn: "require_auth='md5, gss'"}, {conn: "require_auth=MD5"}, {conn: "require_auth=!!md5"}, {conn: "require_auth=scram-sha-256-plus"}, {conn: "require_auth=foo"}, {conn: "require_auth=!foo"},
	// Keys.
	{conn: "scram_client_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, {conn: "scram_client_key='AAAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA='"}, {conn: "scram_client_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, {conn: "scram_client_key=AAAA"}, {conn: "scram_client_key=''"}, {conn: "scram_client_key=!!!!"}, {conn: "scram_server_key=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="}, {conn: "scram_server_key=A"}, {conn: "scram_server_key=AA=="},
	// Integers.
	{conn: here + "connect_timeout=5"}, {conn: here + "connect_timeout=-1"}, {conn: here + "connect_timeout=0"}, {conn: here + "connect_timeout=' 5 '"}, {conn: here + "connect_timeout=''"}, {conn: here + "connect_timeout=x"}, {conn: here + "connect_timeout=5s"}, {conn: here + "connect_timeout=2147483647"}, {conn: here + "connect_timeout=2147483648"}, {conn: here + "connect_timeout=-2147483649"}, {conn: here + "connect_timeout=99999999999999999999"}, {conn: here + "connect_timeout=1.5"}, {conn: here + "connect_timeout=+5"}, {conn: here + "connect_timeout=--5"},
	{conn: here + "keepalives=1"}, {conn: here + "keepalives=0"}, {conn: here + "keepalives=''"}, {conn: here + "keepalives=x"}, {conn: here + "keepalives=' 2 '"}, {conn: here + "keepalives=-1"}, {conn: here + "keepalives=4294967296"}, {conn: "keepalives=x host=/a"},
	{conn: here + "keepalives_idle=10 keepalives_interval=3 keepalives_count=4"}, {conn: here + "keepalives_idle=-10"}, {conn: here + "keepalives_idle=x"}, {conn: here + "keepalives_interval=x"}, {conn: here + "keepalives_count=x"}, {conn: here + "keepalives=0 keepalives_idle=x"}, {conn: here + "tcp_user_timeout=5"}, {conn: here + "tcp_user_timeout=x"}, {conn: here + "keepalives=0 tcp_user_timeout=x"}, {conn: "host=/a tcp_user_timeout=x keepalives_idle=x"}, {conn: "host=/a,x hostaddr=,127.0.0.1 port=1 keepalives_idle=x"},
	{conn: "sslsni=x"}, {conn: "sslcompression=maybe gssdelegation=maybe replication=maybe"}, {conn: "sslcompression='' sslsni=''"},
	// Service file.
	{conn: "service=svc", files: serviceHome}, {conn: "service=svc user=me port=9", files: serviceHome}, {conn: "service=svc host=''", files: serviceHome}, {conn: "service=sv", files: serviceHome}, {conn: "service=SVC", files: serviceHome}, {conn: "service=none", files: serviceHome}, {conn: "service=svc"}, {conn: "service=''"}, {conn: "service=''", files: map[string]string{".pg_service.conf": "[]\nuser=empty\n"}},
	{conn: "service=svc", files: serviceHome, env: map[string]string{"PGUSER": "envuser", "PGCONNECT_TIMEOUT": "9"}}, {env: map[string]string{"PGSERVICE": "svc"}, files: serviceHome}, {conn: "service=other", env: map[string]string{"PGSERVICE": "svc"}, files: serviceHome}, {env: map[string]string{"PGSERVICE": ""}, files: serviceHome},
	{conn: "service=svc", env: map[string]string{"PGSERVICEFILE": "$DIR/s"}, files: map[string]string{"s": "[svc]\nuser=filed\n", ".pg_service.conf": serviceFile}}, {conn: "service=svc", env: map[string]string{"PGSERVICEFILE": "$DIR/none"}, files: serviceHome}, {conn: "service=svc", env: map[string]string{"PGSERVICEFILE": ""}, files: serviceHome}, {conn: "user=u", env: map[string]string{"PGSERVICEFILE": "$DIR/none"}},
	{conn: "service=svc", env: map[string]string{"PGSYSCONFDIR": "$DIR/etc"}, files: map[string]string{"etc/pg_service.conf": "[svc]\nuser=system\n"}}, {conn: "service=svc", env: map[string]string{"PGSYSCONFDIR": "$DIR/etc"}, files: map[string]string{"etc/pg_service.conf": "[svc]\nuser=system\n", ".pg_service.conf": "[x]\nuser=home\n"}}, {conn: "service=svc", env: map[string]string{"PGSYSCONFDIR": "$DIR/etc", "PGSERVICEFILE": "$DIR/s"}, files: map[string]string{"etc/pg_service.conf": "[svc]\nuser=system\n", "s": ""}},
	{conn: "service=s", files: map[string]string{".pg_service.conf": "[s]rest\nuser=a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s\nuser=a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[ s ]\nuser=a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\r\nuser=a\r\nport=3\r\n"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser = a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser= a b "}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser='a'"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=a=b"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser="}, env: map[string]string{"PGUSER": "x"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nusr=a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[t]\nnonsense\n[s]\nuser=a\n[u]\nnonsense"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nservice=t"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nservicefile=t"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=a\nuser=b"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nrequiressl=1"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nsslmode=bogus"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nsslrootcert=system"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\n;user=a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=a # b"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "\v[s]\f\n\tuser=a\v"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nldap://x/y?z"}},
	{conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=" + x(1016) + "\n"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=" + x(1017) + "\n"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=" + x(1017)}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=" + x(1018)}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "#" + x(2000) + "\n[s]\nuser=a"}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=a\n[t]\n#" + x(2000)}}, {conn: "service=s", files: map[string]string{".pg_service.conf": "[s]\nuser=a\n#" + x(2000)}},
}

func x(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

// passScenarios are scenarios of the password file. A password that is found is
// compared.
var passScenarios = []scenario{
	pass("", "127.0.0.1:1:d:u:p"), pass("", "*:*:*:*:p"), pass("", "*:1:d:u:p\n"), pass("", "127.0.0.1:*:d:u:p\r\n"), pass("", "127.0.0.1:1:*:u:p"), pass("", "127.0.0.1:1:d:*:p"), pass("", "127.0.0.1:2:d:u:p"), pass("", "127.0.0.1:1:D:u:p"), pass("", "*:*:*:*:p\n127.0.0.1:1:d:u:q"), pass("", "x:*:*:*:p\n127.0.0.1:1:d:u:q"), pass("", "#*:*:*:*:p\n*:*:*:*:q"), pass("", " #*:*:*:*:p\n*:*:*:*:q"), pass("", " *:*:*:*:p"), pass("", "\n\r\n*:*:*:*:p"), pass("", "*:*:*:*:"), pass("", "*:*:*:*"), pass("", "*:*:*"), pass("", ""), pass("", "*:*:*:*:a:b"), pass("", `*:*:*:*:a\:b`), pass("", `*:*:*:*:a\\b`), pass("", `*:*:*:*:a\b`), pass("", `*:*:*:*:a\`), pass("", `*:*:*:*:\`), pass("", `*:*:*:*: p `), pass("", "*:*:*:*:p\r"), pass("", "*:*:*:*:p\r\r\n"), pass("", "*:*:*:*:p\x01\xff"), pass("", `127.0.0.1:1:\d:u:p`), pass("", `\127.0.0.1:1:d:u:p`), pass("", `127.0.0.1:1:d\:u:p`), pass("", `\*:*:*:*:p`), pass("", `**:*:*:*:p`), pass("", `127.0.0.1:1:d:u\`), pass("", `127.0.0.1\:1:d:u:p`), pass("", "*:*:*:*:"+x(5000)), pass("", "*:*:*:y:"+x(300)+"\n*:*:*:*:q"),
	pass("host=name ", "name:1:d:u:p"), pass("host=name ", "127.0.0.1:1:d:u:p"), pass("host=NAME ", "name:1:d:u:p"), pass("host=/tmp ", "localhost:1:d:u:p"), pass("host=/tmp ", "/tmp:1:d:u:p"), pass("host=/tmp/ ", "localhost:1:d:u:p"), pass("host=/tmp/ ", "/tmp/:1:d:u:p"), pass("host=a\\:b ", `a\:b:1:d:u:p`), pass("host=a\\:b ", `a:b:1:d:u:p`), pass("host=::1 ", "::1:1:d:u:p"), pass("host=::1 ", `\:\:1:1:d:u:p`), pass("host=: ", "::1:d:u:p"), pass("host=* ", `*:1:d:u:p`),
	{conn: "user=u dbname=d port=1", files: map[string]string{".pgpass": "localhost:1:d:u:p\n"}}, {conn: "user=u dbname=d port=1", files: map[string]string{".pgpass": "/tmp:1:d:u:p\n"}}, {conn: "user=u dbname=d host=/tmp", files: map[string]string{".pgpass": "localhost:5432:d:u:p\n"}}, {conn: "user=u dbname=d host=/other", files: map[string]string{".pgpass": "localhost:*:*:*:p\n/other:5432:d:u:q"}}, {conn: "user=u dbname=d host=@abs", files: map[string]string{".pgpass": "@abs:*:*:*:p\n"}}, {conn: "user=u dbname=d port=''", files: map[string]string{".pgpass": "localhost:5432:d:u:p\n"}},
	{conn: "user=u host=/a", files: map[string]string{".pgpass": "/a:5432:u:u:p\n"}}, {conn: "user=u host=/a,/b", files: map[string]string{".pgpass": "/b:5432:u:u:p\n"}}, {conn: "user=u host=/a,/b", files: map[string]string{".pgpass": "/a:5432:u:u:p\n"}}, {conn: "user=u host=/a,/b port=1,2", files: map[string]string{".pgpass": "*:1:u:u:p\n*:2:u:u:q\n"}},
	{conn: here + "user=u password=given", files: map[string]string{".pgpass": "*:*:*:*:p\n"}}, {conn: here + "user=u password=''", files: map[string]string{".pgpass": "*:*:*:*:p\n"}}, {conn: here + "user=u", env: map[string]string{"PGPASSWORD": "env"}, files: map[string]string{".pgpass": "*:*:*:*:p\n"}}, {conn: here + "user=u", env: map[string]string{"PGPASSWORD": ""}, files: map[string]string{".pgpass": "*:*:*:*:p\n"}},
	{conn: here + "user=u passfile=$DIR/pf", files: map[string]string{".pgpass": "*:*:*:*:p\n", "pf": "*:*:*:*:q\n"}}, {conn: here + "user=u passfile=$DIR/none", files: map[string]string{".pgpass": "*:*:*:*:p\n"}}, {conn: here + "user=u passfile=''", files: map[string]string{".pgpass": "*:*:*:*:p\n"}}, {conn: here + "user=u", env: map[string]string{"PGPASSFILE": "$DIR/pf"}, files: map[string]string{".pgpass": "*:*:*:*:p\n", "pf": "*:*:*:*:q\n"}}, {conn: here + "user=u", env: map[string]string{"PGPASSFILE": ""}, files: map[string]string{".pgpass": "*:*:*:*:p\n"}}, {conn: here + "user=u passfile=$DIR", files: map[string]string{".pgpass": "*:*:*:*:p\n"}},
	{conn: here + "user=u", files: map[string]string{".pgpass": "*:*:*:*:p\n"}, mode: 0o640}, {conn: here + "user=u", files: map[string]string{".pgpass": "*:*:*:*:p\n"}, mode: 0o604}, {conn: here + "user=u", files: map[string]string{".pgpass": "*:*:*:*:p\n"}, mode: 0o400}, {conn: here + "user=u", files: map[string]string{".pgpass": "*:*:*:*:p\n"}, mode: 0o700},
}

func pass(host, file string) scenario {
	return scenario{conn: here + host + "user=u dbname=d", files: map[string]string{".pgpass": file}}
}
