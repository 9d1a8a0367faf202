package compat

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"github.com/shopspring/decimal"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"parley/pgtest"
	_ "parley/sqldriver"
)

// standard opens an *sql.DB of Parley.
func standard(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("parley", pgtest.Start(t, pgtest.Config{}).DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestSqlx(t *testing.T) {
	sqlx.BindDriver("parley", sqlx.DOLLAR)
	db := sqlx.NewDb(standard(t), "parley")
	ctx := t.Context()
	_, err := db.ExecContext(ctx, "create table people (id int primary key, name text not null, nick text, born timestamptz, worth numeric, ref uuid)")
	must(t, err)
	type person struct {
		ID    int
		Name  string
		Nick  sql.NullString
		Born  time.Time
		Worth decimal.Decimal
		Ref   uuid.UUID
	}
	want := []person{
		{1, "Ada", sql.NullString{}, time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC), decimal.RequireFromString("12.50"), uuid.New()},
		{2, "Grace", sql.NullString{String: "Amazing", Valid: true}, time.Date(1906, 12, 9, 0, 0, 0, 0, time.UTC), decimal.RequireFromString("1e20"), uuid.New()},
	}
	for range 2 {
		tx, err := db.BeginTxx(ctx, nil)
		must(t, err)
		_, err = tx.NamedExecContext(ctx, "insert into people (id, name, nick, born, worth, ref) values (:id, :name, :nick, :born, :worth, :ref)", want)
		must(t, err)
		var got []person
		must(t, tx.SelectContext(ctx, &got, "select * from people order by id"), tx.Rollback())
		if len(got) != 2 || got[1].Name != "Grace" || !got[1].Worth.Equal(want[1].Worth) || got[0].Ref != want[0].Ref || !got[0].Born.Equal(want[0].Born) || got[0].Nick.Valid {
			t.Errorf("%+v", got)
		}
	}
	_, err = db.NamedExecContext(ctx, "insert into people (id, name, nick, born, worth, ref) values (:id, :name, :nick, :born, :worth, :ref)", want)
	must(t, err)
	query, args, err := sqlx.In("select name from people where id in (?) order by id", []int{1, 2, 3})
	must(t, err)
	var names []string
	must(t, db.SelectContext(ctx, &names, db.Rebind(query), args...))
	if !reflect.DeepEqual(names, []string{"Ada", "Grace"}) {
		t.Error(names)
	}
	var one person
	must(t, db.GetContext(ctx, &one, "select * from people where id = $1", 2))
	if one.Nick.String != "Amazing" {
		t.Errorf("%+v", one)
	}
	rows, err := db.QueryxContext(ctx, "select * from people order by id")
	must(t, err)
	for rows.Next() {
		m := map[string]any{}
		must(t, rows.MapScan(m))
		if m["worth"] != "12.5" && m["worth"] != "100000000000000000000" {
			t.Errorf("%v", m)
		}
	}
	must(t, rows.Err())
}

// author has books.
type author struct {
	ID      uint
	Name    string `gorm:"uniqueIndex"`
	Books   []book
	Born    *time.Time
	Meta    map[string]any `gorm:"serializer:json;type:jsonb"`
	Created time.Time      `gorm:"autoCreateTime"`
}

type book struct {
	ID       uint
	AuthorID uint
	Title    string
	Price    decimal.Decimal `gorm:"type:numeric"`
}

func TestGorm(t *testing.T) {
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: standard(t)}), &gorm.Config{PrepareStmt: true, Logger: logger.Discard, TranslateError: true})
	must(t, err)
	db = db.WithContext(t.Context())
	for range 2 { // the second time it compares with what is there
		must(t, db.AutoMigrate(&author{}, &book{}))
	}
	a := author{Name: "Ada", Meta: map[string]any{"a": "b"}, Books: []book{{Title: "Notes", Price: decimal.RequireFromString("1.25")}, {Title: "Letters"}}}
	must(t, db.Create(&a).Error)
	if a.ID == 0 || a.Books[1].ID == 0 || a.Created.IsZero() {
		t.Errorf("%+v", a)
	}
	for range 3 {
		var got author
		must(t, db.Preload("Books").Where("name = ?", "Ada").First(&got).Error)
		if len(got.Books) != 2 || got.Meta["a"] != "b" || !got.Books[0].Price.Equal(a.Books[0].Price) || got.Born != nil {
			t.Errorf("%+v", got)
		}
	}
	err = db.Transaction(func(tx *gorm.DB) error {
		must(t, tx.Model(&author{}).Where("id = ?", a.ID).Update("name", "Lovelace").Error)
		err := tx.Transaction(func(inner *gorm.DB) error { // a savepoint
			return inner.Exec("select 1 / 0").Error
		})
		if err == nil {
			t.Error("the division succeeded")
		}
		return tx.Create(&author{Name: "Grace"}).Error
	})
	must(t, err)
	if err := db.Create(&author{Name: "Grace"}).Error; err == nil {
		t.Error("a name was taken twice")
	}
	var n int64
	must(t, db.Model(&author{}).Where("name in ?", []string{"Lovelace", "Grace"}).Count(&n).Error, db.Delete(&book{}, "author_id = ?", a.ID).Error)
	if n != 2 {
		t.Errorf("%d authors", n)
	}
}

func TestGoose(t *testing.T) {
	db := standard(t)
	files := fstest.MapFS{
		"1_people.sql": {Data: []byte("-- +goose Up\ncreate table people (id int);\ninsert into people values (1), (2);\n-- +goose Down\ndrop table people;\n")},
		"2_function.sql": {Data: []byte("-- +goose Up\n-- +goose StatementBegin\ncreate function two() returns int language plpgsql as $$\nbegin\n  return 2;\nend;\n$$;\n-- +goose StatementEnd\n" +
			"-- +goose Down\ndrop function two();\n")},
		"3_index.sql": {Data: []byte("-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently people_id on people (id);\n-- +goose Down\ndrop index people_id;\n")},
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	must(t, err)
	for range 2 {
		_, err = provider.Up(t.Context())
		must(t, err)
		var n int
		must(t, db.QueryRowContext(t.Context(), "select two() + count(*) from people").Scan(&n))
		if n != 4 {
			t.Error(n)
		}
		_, err = provider.DownTo(t.Context(), 0)
		must(t, err)
	}
}

func TestBun(t *testing.T) {
	db := bun.NewDB(standard(t), pgdialect.New())
	type item struct {
		bun.BaseModel `bun:"table:items"`
		ID            int64             `bun:",pk,autoincrement"`
		Name          string            `bun:",notnull"`
		Tags          []string          `bun:",array"`
		Data          map[string]string `bun:"type:jsonb"`
		At            time.Time         `bun:",nullzero,notnull,default:current_timestamp"`
	}
	ctx := t.Context()
	_, err := db.NewCreateTable().Model((*item)(nil)).Exec(ctx)
	must(t, err)
	in := &item{Name: "it's; one", Tags: []string{"a", `b"`}, Data: map[string]string{"k": "v"}}
	_, err = db.NewInsert().Model(in).Exec(ctx)
	must(t, err)
	if in.ID == 0 || in.At.IsZero() {
		t.Errorf("%+v", in)
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model(in).Set("name = ?", "two").WherePK().Exec(ctx)
		return err
	})
	must(t, err)
	var got []item
	must(t, db.NewSelect().Model(&got).Where("name = ?", "two").Scan(ctx))
	if len(got) != 1 || !reflect.DeepEqual(got[0].Tags, in.Tags) || got[0].Data["k"] != "v" {
		t.Errorf("%+v", got)
	}
}
