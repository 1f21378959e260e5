-- Tables as Spark writes them: after two dashes a name, then its statements; what is in capitals Python does.
-- {v2} and {v3} are the properties of the two format versions, {t} is the table's name.

-- evolved
create table {t} (id bigint not null, n int, f float, d decimal(9,2), gone string, old string, place string)
  using iceberg tblproperties ({v2});
insert into {t}
  values (1, 1, 1.5, 1.25, 'dropped', 'renamed', 'here'),
  (2, null, null, null, null, null, null);
alter table {t} drop column gone;
alter table {t} add column gone string;
alter table {t} rename column old to new;
alter table {t} alter column n type bigint;
alter table {t} alter column f type double;
alter table {t} alter column d type decimal(18,2);
alter table {t} alter column id drop not null;
alter table {t} alter column place first;
insert into {t} values ('there', 3, 4294967296, 0.1, 1234567890123.25, 'new', 'again');
alter table {t} add partition field place;
insert into {t} values ('there', 4, 4, 4.5, 4.25, null, 'four'), ('there', 5, 5, 5.5, 5.25, 'five', 'five');
insert into {t} values ('there', 6, 6, 6.5, 6.25, 'six', 'six');

-- nested
create table {t} (id bigint, s struct<a:int,b:string>, l array<struct<x:int,y:string>>, m map<string,struct<x:int,y:string>>)
  using iceberg tblproperties ({v2});
insert into {t} select 1, named_struct('a', 1, 'b', 'b'), array(named_struct('x', 1, 'y', 'y')),
  map('k', named_struct('x', 1, 'y', 'y'));
alter table {t} drop column s.a;
alter table {t} add column s.a int;
alter table {t} rename column s.b to c;
alter table {t} drop column l.element.x;
alter table {t} add column l.element.x int;
alter table {t} rename column m.value.x to z;
alter table {t} alter column m.value.z type bigint;
insert into {t} select 2, named_struct('c', 'c', 'a', 2), array(named_struct('y', 'y2', 'x', 2)),
  map('k', named_struct('z', 4294967296, 'y', 'y2'));

-- nested_nulls
create table {t} (id bigint, s struct<a:int,b:string>, l array<struct<x:int,y:string>>, m map<string,struct<x:int,y:string>>)
  using iceberg tblproperties ({v2});
insert into {t} values (1, null, null, null), (2, named_struct('a', null, 'b', null), array(), map());
insert into {t} select 3, named_struct('a', 3, 'b', 'b'), array(null, named_struct('x', 3, 'y', null)),
  map('k', null);

-- nested_nulls_evolved
create table {t} (id bigint, s struct<a:int,b:string>, l array<struct<x:int,y:string>>, m map<string,struct<x:int,y:string>>)
  using iceberg tblproperties ({v2});
insert into {t} values (1, null, null, null), (2, named_struct('a', null, 'b', null), array(), map());
alter table {t} add column l.element.z int;
insert into {t} values (3, null, null, null);

-- position_deletes
create table {t} (id bigint, name string) using iceberg tblproperties ({v2});
insert into {t} select /*+ coalesce(1) */ id, concat('n', id) from range(6);
insert into {t} select /*+ coalesce(1) */ id, concat('n', id) from range(6, 9);
delete from {t} where id in (1, 3);
delete from {t} where id = 7;

-- deletion_vectors
create table {t} (id bigint, name string) using iceberg tblproperties ({v3});
insert into {t} select /*+ coalesce(1) */ id, concat('n', id) from range(6);
insert into {t} select /*+ coalesce(1) */ id, concat('n', id) from range(6, 9);
delete from {t} where id in (1, 3);
delete from {t} where id in (4, 7);

-- version_3
create table {t} (id bigint, name string) using iceberg tblproperties ({v3});
insert into {t} values (1, 'one');
insert into {t} values (2, 'two');

-- defaults
create table {t} (id bigint) using iceberg tblproperties ({v3});
insert into {t} values (1);
DEFAULTS;
insert into {t} values (2, 20, 'two', date'2022-02-02', null);

-- equality_deletes
create table {t} (id int, name string) using iceberg tblproperties ({v2});
insert into {t} values (1, 'one'), (2, 'two');
EQUALITY;

-- orc
create table {t} (id bigint, name string) using iceberg tblproperties ({v2}, 'write.format.default'='orc');
insert into {t} values (1, 'one'), (2, 'two');
insert into {t} values (3, 'three');

-- avro
create table {t} (id bigint, name string) using iceberg tblproperties ({v2}, 'write.format.default'='avro');
insert into {t} values (1, 'one'), (2, 'two');
insert into {t} values (3, 'three');

-- imported
create table {t} (id bigint, at timestamp, tags array<string>, day date, country string)
  using iceberg
  partitioned by (day, country) tblproperties ({v2});
IMPORT;
insert into {t} values (4, timestamp'2026-01-04 00:00:00', array('d'), date'2026-01-02', 'it');
