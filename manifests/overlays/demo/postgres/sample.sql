-- Written by `stockpot sample-data --sql`.
SET client_min_messages = warning;
CREATE TABLE public."users" ("id" uuid, "username" text, "created_at" timestamptz, "tos_version_accepted" integer, "tos_accepted_at" timestamptz, "country_of_residence" varchar(2), "year_of_birth" integer, "is_test_account" boolean);
COPY public."users" FROM STDIN;
e0a79655-419d-4ad6-a31a-8e5b33d0d06d	priya_spoon	2024-04-29T05:37:55+00:00	2	2024-04-29T05:39:18+00:00	TR	2003	f
3836f0da-3b74-462d-a08c-9ff0b3c36574	celine_bites	2024-12-25T22:54:45+00:00	2	2024-12-25T22:54:52+00:00	KR	\N	f
646058dc-16cb-46d2-a3c4-7d98dcb8de10	priya_supper	2024-08-01T15:42:10+00:00	1	2024-08-01T15:43:01+00:00	FR	2008	f
dc1eb305-3351-4ff9-a665-e7e04e984e9d	bao_supper	2024-02-16T05:06:33+00:00	2	2024-02-16T05:07:59+00:00	FR	1977	f
6614fb89-e352-453f-bd97-3f78bd376db2	qa_bot_0	2024-09-04T16:11:32+00:00	2	2024-09-04T16:11:51+00:00	BR	1990	t
893ab64c-d061-4fbf-b1b7-791effae0f9b	elif_bakes	2025-07-25T05:04:26+00:00	2	2025-07-25T05:05:30+00:00	FR	1956	f
15e8d75b-e028-4fea-b264-9085fc62f9ec	wren_ladle	2025-11-06T19:24:55+00:00	2	2025-11-06T19:25:11+00:00	TR	1975	f
9fccdf79-1e9e-47cd-ae61-221782e05ed0	viktor_ladle	2025-07-23T08:06:59+00:00	2	2025-07-23T08:08:17+00:00	TR	1997	f
1c48bc2b-86a6-4461-a918-623f938c6901	sofia_spoon	2024-09-09T08:35:09+00:00	2	2024-09-09T08:36:34+00:00	TR	1982	f
a56ee849-50ae-4d08-a82a-9ad7498077c2	uma_bakes	2025-11-07T07:22:02+00:00	1	2025-11-07T07:22:43+00:00	KR	1957	f
44605463-6932-42f2-954c-adbe8095cd13	sofia_ladle	2025-02-02T11:10:29+00:00	2	2025-02-02T11:10:51+00:00	BR	1995	f
f988867b-08bd-419c-9fbe-892f7adcbeaf	amara_kitchen	2025-12-31T00:00:00+00:00	2	2025-12-31T00:01:06+00:00	KR	1995	f
6c6e779c-848f-48f9-995c-9fc7b9f636f5	farah_spoon	2025-03-16T13:29:51+00:00	2	2025-03-16T13:30:31+00:00	DE	1993	f
d70008c4-07e1-4885-aceb-7592c76e8d6e	celine_kitchen	2024-12-03T20:34:59+00:00	2	2024-12-03T20:35:27+00:00	IN	1990	f
a46eaed8-da9d-492a-9914-4b38eefb5b37	quentin_eats	2024-03-16T09:31:18+00:00	2	2024-03-16T09:31:49+00:00	JP	1977	f
5bfec3a5-fdf5-4a22-9e53-598c05376359	mateo_spoon	2024-11-08T02:20:37+00:00	2	2024-11-08T02:21:05+00:00	BR	1996	f
758b02c3-da33-48f3-9d81-be0d22aa63d7	qa_bot_1	2025-05-09T03:07:33+00:00	2	2025-05-09T03:07:48+00:00	JP	1990	t
21b8cc5b-726b-4a4a-8aef-309b96755612	leila_bakes	2024-05-19T00:02:38+00:00	2	2024-05-19T00:03:55+00:00	TR	\N	f
23c3abb6-10ed-437a-bdf9-46e8987cc294	kaito_spoon	2025-12-16T00:00:00+00:00	2	2025-12-16T00:01:16+00:00	DE	1990	f
0a0ef987-445a-4ab2-a8e2-c840ca99063b	oskar_pantry	2025-12-22T00:00:00+00:00	2	2025-12-22T00:01:29+00:00	MX	1992	f
09b32730-7eb9-4dcb-b5d5-e5201d4f9027	celine_pantry	2024-05-20T23:24:16+00:00	1	2024-05-20T23:24:42+00:00	BR	2002	f
288b3a76-9082-410a-995a-0219aa9f9acd	quentin_supper	2025-09-16T06:32:50+00:00	2	2025-09-16T06:33:55+00:00	IN	1993	f
bb5439d9-dd84-4a22-ac66-51ca4a1e9fcf	sofia_bakes	2025-05-05T14:26:00+00:00	2	2025-05-05T14:26:48+00:00	KR	2010	f
288b3a76-9082-410a-995a-0219aa9f9acd	quentin_supper	2025-09-16T06:32:50+00:00	2	2025-09-16T06:33:55+00:00	IN	1993	f
dcafb3f5-66e2-4fda-baea-d75df03bbc00	zoe_kitchen	2025-06-30T05:35:20+00:00	1	2025-06-30T05:35:47+00:00	US	1956	f
a844b0e1-4ec0-4937-b74b-b349f8333a5a	oskar_spoon	2025-12-28T00:00:00+00:00	2	2025-12-28T00:00:44+00:00	BR	1994	f
81bbf8c3-9c86-4612-a743-85d9d105d74f	quentin_pantry	2024-05-17T20:55:10+00:00	2	2024-05-17T20:55:58+00:00	TR	1972	f
b831503a-3f99-43e3-8641-e5278b48f8bb	wren_spoon	2025-06-08T07:43:08+00:00	2	2025-06-08T07:43:59+00:00	NG	1993	f
155b0516-1614-4650-8c52-a1a2522931bd	farah_kitchen	2025-07-11T13:18:52+00:00	1	2025-07-11T13:19:13+00:00	GB	1969	f
b58cb097-3f1b-40c7-956b-85d3d387f7a2	ximena_spoon	2025-11-02T17:24:56+00:00	1	2025-11-02T17:26:10+00:00	KR	\N	f
ab71d5ea-808c-42a6-a007-87c3564616db	yuki_spoon	2025-02-22T15:55:19+00:00	2	2025-02-22T15:56:17+00:00	KR	1986	f
6adbaa92-58b6-42d1-809d-2dedaa4691fe	diego_spoon	2025-04-23T17:12:17+00:00	2	2025-04-23T17:13:08+00:00	TR	1995	f
1b7a6b10-0905-4af5-8119-eb58712a2408	hugo_pantry	2025-07-22T12:51:07+00:00	2	2025-07-22T12:52:11+00:00	MX	1983	f
189f9591-aaf8-4423-a34c-74c6597735bf	tariq_spoon	2025-07-10T07:07:05+00:00	2	2025-07-10T07:08:07+00:00	JP	2002	f
33ec4f8b-e9dd-4027-9b35-3754f43f7695	giulia_spoon	2024-12-16T01:45:41+00:00	2	2024-12-16T01:46:07+00:00	BR	1987	f
16d42f4f-04cb-4e7f-b539-e80644eaaf0d	diego_ladle	2024-11-13T02:42:33+00:00	2	2024-11-13T02:42:40+00:00	DE	1977	f
57d20ff1-3d92-4e73-815b-b41abd3b89af	oskar_cooks	2024-02-25T18:21:16+00:00	2	2024-02-25T18:21:46+00:00	DE	1972	f
aa99bb50-deda-4935-afba-21fc1444b197	oskar_bites	2025-01-26T15:11:10+00:00	2	2025-01-26T15:11:32+00:00	GB	2003	f
212ed146-b018-42b1-8fdc-6899f8793b9b	rosa_kitchen	2024-05-11T19:15:15+00:00	1	2024-05-11T19:16:16+00:00	TR	1956	f
dc8b604b-4c55-4cb6-a012-a09d4edea6f6	quentin_spoon	2025-06-04T11:57:54+00:00	2	2025-06-04T11:58:40+00:00	KR	1979	f
222efa30-1c62-4867-80b3-4fd7576f5adf	rosa_bakes	2025-03-17T00:27:20+00:00	1	2025-03-17T00:28:26+00:00	TR	1996	f
7e3d33a8-23f0-4569-a517-c2e47577a6c3	yuki_supper	2024-10-03T06:23:09+00:00	1	2024-10-03T06:24:27+00:00	FR	1978	f
22af484d-069a-4142-88e2-1543bef3b489	viktor_bites	2025-12-19T00:00:00+00:00	2	2025-12-19T00:01:26+00:00	MX	1991	f
a174dc46-3850-4e9d-8090-9681dfacfcfa	farah_bakes	2025-12-02T10:31:01+00:00	2	2025-12-02T10:31:20+00:00	JP	2009	f
969e0449-03b6-4901-9385-938d281b62fc	rosa_eats	2024-07-16T12:12:23+00:00	2	2024-07-16T12:13:14+00:00	IT	1997	f
85b80acc-f7b2-4e54-80c5-f3d8ab594d65	zoe_table	2025-03-21T23:38:41+00:00	1	2025-03-21T23:39:25+00:00	TR	1979	f
a46eaed8-da9d-492a-9914-4b38eefb5b37	quentin_eats	2024-03-16T09:31:18+00:00	2	2024-03-16T09:31:49+00:00	JP	1977	f
2e5c96e3-bb26-411e-adcd-5c3b15a3021f	celine_supper	2024-05-27T09:16:02+00:00	2	2024-05-27T09:16:17+00:00	MX	1993	f
7a01fa07-6527-4720-b316-db37f4615fcb	mateo_supper	2025-12-25T00:00:00+00:00	2	2025-12-25T00:01:07+00:00	GB	1993	f
8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	hugo_cooks	2024-09-07T22:50:57+00:00	2	2024-09-07T22:52:00+00:00	KR	1960	f
89eb8934-822b-4d3f-926d-0fcd18ee2633	elif_ladle	2024-06-21T19:07:46+00:00	2	2024-06-21T19:09:13+00:00	US	\N	f
\.
CREATE TABLE public."images" ("id" uuid, "user_id" uuid, "s3_url" text, "caption" text, "category" text, "created_at" timestamptz, "views" integer, "source" text, "deleted_at" timestamptz);
COPY public."images" FROM STDIN;
f279683f-6ac6-4762-a232-48176d1815f5	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2025/12/28/f279683f-6ac6-4762-a232-48176d1815f5.jpg	Leftovers became arancini	Fried food	2025-12-28T22:55:02.836390+00:00	112	android	\N
8d867f7c-59ff-4fa1-9537-606013a29631	0a0ef987-445a-4ab2-a8e2-c840ca99063b	s3://gourmetgram-images/uploads/2026/01/01/8d867f7c-59ff-4fa1-9537-606013a29631.jpg	Açai bowl — take two	Smoothie	2026-01-01T11:12:56.569826+00:00	28	android	\N
9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2025/12/19/9e424d82-81c8-4e1b-a2d9-7b4028fe08e7.jpg	\N	Soup	2025-12-19T12:29:56.650817+00:00	7	ios	\N
ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	s3://gourmetgram-images/uploads/2025/12/20/ebe07836-e708-4d4b-ab0d-443f8fcaa0ee.jpg	Finally got the schnitzel right!	Meat	2025-12-20T20:00:28.976747+00:00	62	web	\N
00a410d7-7eb1-4e0f-ae5c-2ee634d269be	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	s3://gourmetgram-images/uploads/2025/12/20/00a410d7-7eb1-4e0f-ae5c-2ee634d269be.jpg	Sunday shrimp tacos with the family ❤	Seafood	2025-12-20T04:57:22.367736+00:00	44	ios	\N
133fe7a3-2dda-4c44-8b3b-6aa81aecdde9	21b8cc5b-726b-4a4a-8aef-309b96755612	s3://gourmetgram-images/uploads/2025/12/20/133fe7a3-2dda-4c44-8b3b-6aa81aecdde9.jpg	Bulgogi at the night market	Meat	2025-12-20T21:07:04.003315+00:00	277	ios	\N
7ced3601-1e12-48ae-bda4-5cdf010d1e3d	dc1eb305-3351-4ff9-a665-e7e04e984e9d	s3://gourmetgram-images/uploads/2025/12/21/7ced3601-1e12-48ae-bda4-5cdf010d1e3d.jpg	First try at plantain fritters, be kind	Fried food	2025-12-21T18:49:01.699358+00:00	118	web	\N
9d506fa9-66f6-47b7-b214-093be172cce1	15e8d75b-e028-4fea-b264-9085fc62f9ec	s3://gourmetgram-images/uploads/2026/01/15/9d506fa9-66f6-47b7-b214-093be172cce1.jpg	Focaccia with rosemary at the night market	Bread	2026-01-15T02:41:00+00:00	168	android	\N
62e63015-563a-4d67-a439-3234365bd60b	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	s3://gourmetgram-images/uploads/2025/12/17/62e63015-563a-4d67-a439-3234365bd60b.jpg	My grandmother's falafel wrap	Street food	2025-12-17T05:55:30.572243+00:00	36	ios	\N
21542b82-a5e3-4389-a21a-82976caf202c	23c3abb6-10ed-437a-bdf9-46e8987cc294	s3://gourmetgram-images/uploads/2025/12/19/21542b82-a5e3-4389-a21a-82976caf202c.jpg	Finally got the dan dan noodles right!	Noodles/Pasta	2025-12-19T11:57:56.857144+00:00	13	ios	\N
ba8b7ad2-116b-44be-a40f-d6026fb1798e	44605463-6932-42f2-954c-adbe8095cd13	s3://gourmetgram-images/uploads/2025/12/21/ba8b7ad2-116b-44be-a40f-d6026fb1798e.jpg	Moules marinières, recipe in the comments	Seafood	2025-12-21T07:30:28.818092+00:00	7	web	\N
83a32afa-cf13-4de9-aecc-118ae57fc031	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2026/01/10/83a32afa-cf13-4de9-aecc-118ae57fc031.jpg	Finally got the seeded rye right!	Bread	2026-01-10T10:23:36.264126+00:00	7	web	\N
32975bf6-aae6-4b27-8672-d5862cb2ca04	a844b0e1-4ec0-4937-b74b-b349f8333a5a	s3://gourmetgram-images/uploads/2026/01/10/32975bf6-aae6-4b27-8672-d5862cb2ca04.jpg	Leftovers became burrata with tomatoes	Dairy product	2026-01-10T15:18:17.846948+00:00	21	android	\N
d07cfa7c-8e0d-4455-b571-d88277e7dfd7	189f9591-aaf8-4423-a34c-74c6597735bf	s3://gourmetgram-images/uploads/2025/12/22/d07cfa7c-8e0d-4455-b571-d88277e7dfd7.jpg	Late night jerk chicken 🌙	Meat	2025-12-22T17:14:35.296236+00:00	31	web	2025-12-23T09:06:35.296236+00:00
f32d848c-7fb6-4d59-96bb-d2c4df87f573	dcafb3f5-66e2-4fda-baea-d75df03bbc00	s3://gourmetgram-images/uploads/2025/12/20/f32d848c-7fb6-4d59-96bb-d2c4df87f573.jpg	Pumpkin soup for lunch	Soup	2025-12-20T21:47:34.585956+00:00	57	web	\N
f5e3e296-49a6-46ec-9a57-aa0a2cb172dd	57d20ff1-3d92-4e73-815b-b41abd3b89af	s3://gourmetgram-images/uploads/2026/01/06/f5e3e296-49a6-46ec-9a57-aa0a2cb172dd.jpg	Sunday saffron pilaf with the family ❤	Rice	2026-01-06T11:52:19.325290+00:00	18	android	\N
a5595ce1-9412-42c6-90d8-2448b9c46bea	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	s3://gourmetgram-images/uploads/2026/01/04/a5595ce1-9412-42c6-90d8-2448b9c46bea.jpg	Papaya salad — take two	Vegetable/Fruit	2026-01-04T20:54:49.762428+00:00	155	ios	\N
dcf6f4c3-d275-4d67-a59c-2f86d9ed204b	893ab64c-d061-4fbf-b1b7-791effae0f9b	s3://gourmetgram-images/uploads/2026/01/07/dcf6f4c3-d275-4d67-a59c-2f86d9ed204b.jpg	Leftovers became miso ramen	Soup	2026-01-07T08:56:58.245624+00:00	35	ios	\N
9576d262-293d-4669-92d8-65575cae9c6b	6adbaa92-58b6-42d1-809d-2dedaa4691fe	s3://gourmetgram-images/uploads/2026/01/01/9576d262-293d-4669-92d8-65575cae9c6b.jpg	Pad thai at the night market	Noodles/Pasta	2026-01-01T19:23:26.308187+00:00	13	android	\N
1ff5080b-1145-4165-8c90-c27d5b114497	21b8cc5b-726b-4a4a-8aef-309b96755612	s3://gourmetgram-images/uploads/2025/12/30/1ff5080b-1145-4165-8c90-c27d5b114497.jpg	Bibimbap, recipe in the comments	Rice	2025-12-30T13:19:07.937140+00:00	18	web	\N
0759d029-47e2-46bc-ae01-654da9632b43	6adbaa92-58b6-42d1-809d-2dedaa4691fe	s3://gourmetgram-images/uploads/2026/01/14/0759d029-47e2-46bc-ae01-654da9632b43.jpg	Shrimp tacos for lunch	Seafood	2026-01-14T08:47:00+00:00	6	android	\N
5222f3e8-97a4-4954-af92-e083cd0bd1b2	1c48bc2b-86a6-4461-a918-623f938c6901	s3://gourmetgram-images/uploads/2025/12/20/5222f3e8-97a4-4954-af92-e083cd0bd1b2.jpg	First try at papaya salad, be kind	Vegetable/Fruit	2025-12-20T20:55:33.865016+00:00	28	android	\N
8ee8208f-e6b7-475f-9bfe-45c1fa6ade2c	6adbaa92-58b6-42d1-809d-2dedaa4691fe	s3://gourmetgram-images/uploads/2025/12/18/8ee8208f-e6b7-475f-9bfe-45c1fa6ade2c.jpg	First try at arancini, be kind	Fried food	2025-12-18T11:09:29.703259+00:00	26	ios	\N
055dfc3a-ea8d-4f3b-927a-041f804adf08	b831503a-3f99-43e3-8641-e5278b48f8bb	s3://gourmetgram-images/uploads/2026/01/14/055dfc3a-ea8d-4f3b-927a-041f804adf08.jpg		Rice	2026-01-14T02:47:00+00:00	19	android	\N
e6802a7d-b35d-409b-8477-a5cd402cc28b	44605463-6932-42f2-954c-adbe8095cd13	s3://gourmetgram-images/uploads/2025/12/22/e6802a7d-b35d-409b-8477-a5cd402cc28b.jpg	First try at chocolate babka, be kind	Dessert	2025-12-22T15:30:43.085448+00:00	29	android	\N
d351a7bb-15f0-47fd-be33-6f2a24f23810	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2026/01/10/d351a7bb-15f0-47fd-be33-6f2a24f23810.jpg	Finally got the lentil soup right!	Soup	2026-01-10T10:38:27.230558+00:00	111	android	\N
cf49d961-d3e6-4e74-8666-78bea13aef35	189f9591-aaf8-4423-a34c-74c6597735bf	s3://gourmetgram-images/uploads/2025/12/17/cf49d961-d3e6-4e74-8666-78bea13aef35.jpg	Eggs benedict at the night market	Egg	2025-12-17T21:33:28.840496+00:00	1273	web	\N
6efeed90-4480-44dc-835e-c4e30114ff5a	189f9591-aaf8-4423-a34c-74c6597735bf	s3://gourmetgram-images/uploads/2025/12/18/6efeed90-4480-44dc-835e-c4e30114ff5a.jpg	Bulgogi for lunch	\N	2025-12-18T08:21:56.496128+00:00	126	android	\N
9b3c581d-49ac-4f32-ad82-31c5041f161f	3836f0da-3b74-462d-a08c-9ff0b3c36574	s3://gourmetgram-images/uploads/2025/12/29/9b3c581d-49ac-4f32-ad82-31c5041f161f.jpg	Leftovers became onigiri	Rice	2025-12-29T12:46:48.267680+00:00	4	web	\N
691a292c-b07a-4df4-82d3-28a010dad4fa	9fccdf79-1e9e-47cd-ae61-221782e05ed0	s3://gourmetgram-images/uploads/2025/12/27/691a292c-b07a-4df4-82d3-28a010dad4fa.jpg	Leftovers became short ribs	Meat	2025-12-27T15:08:20.711893+00:00	1110	ios	\N
2a172bb5-f4e7-46f9-97fa-c21826376ebc	969e0449-03b6-4901-9385-938d281b62fc	s3://gourmetgram-images/uploads/2025/12/26/2a172bb5-f4e7-46f9-97fa-c21826376ebc.jpg	\N	Soup	2025-12-26T19:42:50.413598+00:00	99	android	\N
8f3100e3-8d7c-46cd-92ab-1bc994919e70	23c3abb6-10ed-437a-bdf9-46e8987cc294	s3://gourmetgram-images/uploads/2025/12/28/8f3100e3-8d7c-46cd-92ab-1bc994919e70.jpg	Jerk chicken for lunch	Meat	2025-12-28T07:23:30.854005+00:00	40	ios	\N
6d5cbf54-6327-416b-b47e-e0674ed21719	222efa30-1c62-4867-80b3-4fd7576f5adf	s3://gourmetgram-images/uploads/2025/12/26/6d5cbf54-6327-416b-b47e-e0674ed21719.jpg	Tiramisu at the night market	Dessert	2025-12-26T19:54:35.231612+00:00	14	web	\N
d3ac23b1-4b3a-44b7-8883-3352c465bfc3	7a01fa07-6527-4720-b316-db37f4615fcb	s3://gourmetgram-images/uploads/2025/12/27/d3ac23b1-4b3a-44b7-8883-3352c465bfc3.jpg	Jollof rice, recipe in the comments	Rice	2025-12-27T19:46:14.015146+00:00	22	ios	\N
ddbbd355-c6ba-40a7-8fc4-3c813039a858	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	s3://gourmetgram-images/uploads/2026/01/06/ddbbd355-c6ba-40a7-8fc4-3c813039a858.jpg	Mushroom risotto — take two	Rice	2026-01-06T19:29:25.416362+00:00	94	web	\N
c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2026/01/10/c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19.jpg	My grandmother's seeded rye	Bread	2026-01-10T19:25:27.430346+00:00	93	ios	\N
7b33ac17-dab9-4eb1-b91c-66030010c627	893ab64c-d061-4fbf-b1b7-791effae0f9b	s3://gourmetgram-images/uploads/2026/01/13/7b33ac17-dab9-4eb1-b91c-66030010c627.jpg	Finally got the burrata with tomatoes right!	Dairy product	2026-01-13T08:52:01.675253+00:00	5	android	\N
8cc25fe9-3c87-4c74-a8d8-b135c56d14a7	d70008c4-07e1-4885-aceb-7592c76e8d6e	s3://gourmetgram-images/uploads/2026/01/15/8cc25fe9-3c87-4c74-a8d8-b135c56d14a7.jpg	Grilled octopus for lunch	Seafood	2026-01-15T05:41:00+00:00	485	android	\N
529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	57d20ff1-3d92-4e73-815b-b41abd3b89af	s3://gourmetgram-images/uploads/2025/12/25/529dfa49-84b1-4d81-90a5-8b4bc2d23bb6.jpg	not my photo but look at this roasted cauliflower	Vegetable/Fruit	2025-12-25T12:36:36.720617+00:00	112	ios	\N
51dcb659-5dc9-43ff-ae21-13176fa1c89d	5bfec3a5-fdf5-4a22-9e53-598c05376359	s3://gourmetgram-images/uploads/2026/01/13/51dcb659-5dc9-43ff-ae21-13176fa1c89d.jpg	First try at falafel wrap, be kind	Street food	2026-01-13T23:59:59.999999+00:00	68	android	\N
8422168e-322a-456a-be39-9289a857eb8d	a46eaed8-da9d-492a-9914-4b38eefb5b37	s3://gourmetgram-images/uploads/2025/12/27/8422168e-322a-456a-be39-9289a857eb8d.jpg	Leftovers became pumpkin soup	Soup	2025-12-27T07:44:43.544214+00:00	14	ios	\N
a41cd8be-7da4-43dc-b546-ac8a8d8da810	33ec4f8b-e9dd-4027-9b35-3754f43f7695	s3://gourmetgram-images/uploads/2025/12/20/a41cd8be-7da4-43dc-b546-ac8a8d8da810.jpg	\N	Meat	2025-12-20T16:55:02.309276+00:00	33	ios	\N
499f0c6e-9298-4c30-8aba-620994e900bb	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2025/12/26/499f0c6e-9298-4c30-8aba-620994e900bb.jpg	Late night mango sticky rice 🌙	Dessert	2025-12-26T23:28:59.912706+00:00	37	android	\N
95fc8308-9d0f-4874-a7ca-8a3191ca2465	758b02c3-da33-48f3-9d81-be0d22aa63d7	s3://gourmetgram-images/uploads/2025/12/25/95fc8308-9d0f-4874-a7ca-8a3191ca2465.jpg	Roasted cauliflower — take two	Vegetable/Fruit	2025-12-25T14:54:51.798112+00:00	48	web	\N
91020b62-9580-4e18-9366-ff1475dd481a	89eb8934-822b-4d3f-926d-0fcd18ee2633	s3://gourmetgram-images/uploads/2026/01/07/91020b62-9580-4e18-9366-ff1475dd481a.jpg	Borscht — take two	Soup	2026-01-07T07:48:59.825278+00:00	30	android	\N
a2d75d11-29cf-4c5d-88cc-0bb569800cc6	dcafb3f5-66e2-4fda-baea-d75df03bbc00	s3://gourmetgram-images/uploads/2026/01/03/a2d75d11-29cf-4c5d-88cc-0bb569800cc6.jpg	Finally got the vegetable pakora right!	Fried food	2026-01-03T19:16:10.660567+00:00	85	web	\N
58000a7d-f5a3-4ff9-8de0-ffb6a67e6678	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2025/12/31/58000a7d-f5a3-4ff9-8de0-ffb6a67e6678.jpg	Soy-marinated eggs, recipe in the comments	Egg	2025-12-31T04:20:23.454422+00:00	59	web	\N
783791ec-a5fa-43f0-b7a4-f294d55d2255	81bbf8c3-9c86-4612-a743-85d9d105d74f	s3://gourmetgram-images/uploads/2026/01/07/783791ec-a5fa-43f0-b7a4-f294d55d2255.jpg	Finally got the fish and chips right!	Fried food	2026-01-07T18:07:31.436952+00:00	175	ios	\N
02ce114e-45e1-40e1-b123-91512a967460	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2025/12/26/02ce114e-45e1-40e1-b123-91512a967460.jpg	Late night lentil soup 🌙	Soup	2025-12-26T18:50:38.176789+00:00	35	web	2025-12-26T23:44:38.176789+00:00
10241516-6bf0-4bdf-9296-140acc01811c	b58cb097-3f1b-40c7-956b-85d3d387f7a2	s3://gourmetgram-images/uploads/2026/01/10/10241516-6bf0-4bdf-9296-140acc01811c.jpg	\N	Egg	2026-01-10T01:23:17.855376+00:00	53	android	\N
b44ecd65-661f-4987-88d0-a15343157854	21b8cc5b-726b-4a4a-8aef-309b96755612	s3://gourmetgram-images/uploads/2026/01/06/b44ecd65-661f-4987-88d0-a15343157854.jpg	baked feta?? only 9.99 with code CHEAP, DM me	Dairy product	2026-01-06T09:30:35.241655+00:00	2	web	\N
e90bbcd7-1701-417f-9d0e-6a8df9bf5798	ab71d5ea-808c-42a6-a007-87c3564616db	s3://gourmetgram-images/uploads/2025/12/22/e90bbcd7-1701-417f-9d0e-6a8df9bf5798.jpg	Soy-marinated eggs — take two	Egg	2025-12-22T12:56:01.928390+00:00	7	android	\N
7585899e-1eb9-48fb-9afa-d35e8c0dceeb	893ab64c-d061-4fbf-b1b7-791effae0f9b	s3://gourmetgram-images/uploads/2025/12/24/7585899e-1eb9-48fb-9afa-d35e8c0dceeb.jpg	Sunday shrimp tacos with the family ❤	Seafood	2025-12-24T01:29:36.298821+00:00	191	web	\N
1f9e37c6-707f-46c3-8d08-d6d510ee022b	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	s3://gourmetgram-images/uploads/2025/12/30/1f9e37c6-707f-46c3-8d08-d6d510ee022b.jpg	First try at falafel wrap, be kind	Street food	2025-12-30T21:38:06.540499+00:00	11	android	\N
b368e6ea-2482-4295-855e-0ea5e379873a	dcafb3f5-66e2-4fda-baea-d75df03bbc00	s3://gourmetgram-images/uploads/2025/12/27/b368e6ea-2482-4295-855e-0ea5e379873a.jpg	Saffron pilaf — take two	Rice	2025-12-27T19:55:29.455069+00:00	19	web	\N
712b0a91-d9f6-4f9a-8743-d3c0c2a9e581	a46eaed8-da9d-492a-9914-4b38eefb5b37	s3://gourmetgram-images/uploads/2025/12/28/712b0a91-d9f6-4f9a-8743-d3c0c2a9e581.jpg	Açai bowl — take two	Smoothie	2025-12-28T18:54:22.155721+00:00	154	web	\N
bdc17d1a-a4ff-4d30-8cf0-bcb4cb1dbcec	89eb8934-822b-4d3f-926d-0fcd18ee2633	s3://gourmetgram-images/uploads/2026/01/15/bdc17d1a-a4ff-4d30-8cf0-bcb4cb1dbcec.jpg	Lemon tart at the night market	Dessert	2026-01-15T00:41:00+00:00	103	android	\N
947597ec-75df-48b2-91e2-a5b1079e9169	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	s3://gourmetgram-images/uploads/2025/12/31/947597ec-75df-48b2-91e2-a5b1079e9169.jpg	Miso ramen for lunch	\N	2025-12-31T11:43:05.617891+00:00	75	android	2026-01-15T02:00:00+00:00
72aced6b-e9cd-4698-a81a-c40d3b7bd20d	89eb8934-822b-4d3f-926d-0fcd18ee2633	s3://gourmetgram-images/uploads/2026/01/14/72aced6b-e9cd-4698-a81a-c40d3b7bd20d.jpg		Fried food	2026-01-14T00:00:00+00:00	45	ios	\N
4d04c4b1-eced-4a3b-8507-3cfd9cb4bd93	15e8d75b-e028-4fea-b264-9085fc62f9ec	s3://gourmetgram-images/uploads/2025/12/19/4d04c4b1-eced-4a3b-8507-3cfd9cb4bd93.jpg	Borscht at the night market	Soup	2025-12-19T23:46:09.584173+00:00	38	web	\N
ae400aff-9bbf-42f5-83e0-5f3bd7917ebc	15e8d75b-e028-4fea-b264-9085fc62f9ec	s3://gourmetgram-images/uploads/2025/12/27/ae400aff-9bbf-42f5-83e0-5f3bd7917ebc.jpg	Pumpkin soup for lunch	Soup	2025-12-27T20:12:42.639672+00:00	15	web	2025-12-28T05:28:42.639672+00:00
dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	6614fb89-e352-453f-bd97-3f78bd376db2	s3://gourmetgram-images/uploads/2026/01/05/dbf8486a-6ac3-4fbc-add6-d8d5e84783d3.jpg	Schnitzel at the night market	Meat	2026-01-05T11:00:12.915491+00:00	15	ios	\N
fe7c476c-0d38-4f2f-9320-658167e263f9	ab71d5ea-808c-42a6-a007-87c3564616db	s3://gourmetgram-images/uploads/2026/01/08/fe7c476c-0d38-4f2f-9320-658167e263f9.jpg	Late night roasted cauliflower 🌙	Vegetable/Fruit	2026-01-08T13:45:36.630879+00:00	38	android	\N
4643dc6a-6b05-4129-828a-2bf2b3bf0976	33ec4f8b-e9dd-4027-9b35-3754f43f7695	s3://gourmetgram-images/uploads/2026/01/04/4643dc6a-6b05-4129-828a-2bf2b3bf0976.jpg	Salmon poke — take two	Seafood	2026-01-04T10:58:55.450785+00:00	135	web	\N
ad317d6d-c77c-48ef-b38d-0587bca41a5c	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2025/12/25/ad317d6d-c77c-48ef-b38d-0587bca41a5c.jpg	\N	Egg	2025-12-25T02:49:23.647114+00:00	26	web	\N
248896f4-21d5-4667-9390-9c4e142eb178	6adbaa92-58b6-42d1-809d-2dedaa4691fe	s3://gourmetgram-images/uploads/2025/12/23/248896f4-21d5-4667-9390-9c4e142eb178.jpg	Garlic naan, recipe in the comments	Bread	2025-12-23T20:45:54.088336+00:00	80	web	\N
0fe17da6-7a92-4986-88dd-f1d5ace096d6	1c48bc2b-86a6-4461-a918-623f938c6901	s3://gourmetgram-images/uploads/2025/12/25/0fe17da6-7a92-4986-88dd-f1d5ace096d6.jpg	Finally got the lamb kofta right!	Meat	2025-12-25T21:31:02.830918+00:00	63	android	\N
ed3325a9-92a0-456b-a741-d741d82bacbf	dcafb3f5-66e2-4fda-baea-d75df03bbc00	s3://gourmetgram-images/uploads/2025/12/17/ed3325a9-92a0-456b-a741-d741d82bacbf.jpg	Leftovers became baked feta	Dairy product	2025-12-17T19:46:17.245154+00:00	89	android	\N
4bc5f894-b87a-4b81-af98-3876d4f65562	758b02c3-da33-48f3-9d81-be0d22aa63d7	s3://gourmetgram-images/uploads/2026/01/02/4bc5f894-b87a-4b81-af98-3876d4f65562.jpg	\N	Egg	2026-01-02T13:05:06.839156+00:00	32	android	\N
78cd2640-1028-474a-8a75-e1f707d5ce7c	969e0449-03b6-4901-9385-938d281b62fc	s3://gourmetgram-images/uploads/2026/01/12/78cd2640-1028-474a-8a75-e1f707d5ce7c.jpg	Paneer skewers, recipe in the comments	Dairy product	2026-01-12T08:43:44.731129+00:00	20	web	\N
d870edde-d5bd-4352-a285-22a73d4ae255	23c3abb6-10ed-437a-bdf9-46e8987cc294	s3://gourmetgram-images/uploads/2026/01/14/d870edde-d5bd-4352-a285-22a73d4ae255.jpg	Açai bowl at the night market	Smoothie	2026-01-14T16:47:00+00:00	144	android	\N
7556c856-d343-4858-8af3-ab30dec07936	5bfec3a5-fdf5-4a22-9e53-598c05376359	s3://gourmetgram-images/uploads/2026/01/10/7556c856-d343-4858-8af3-ab30dec07936.jpg	Late night fish and chips 🌙	Fried food	2026-01-10T13:39:30.731421+00:00	38	ios	\N
c1e00e74-ef25-47f4-81c1-ee0f2a8419ee	646058dc-16cb-46d2-a3c4-7d98dcb8de10	s3://gourmetgram-images/uploads/2026/01/04/c1e00e74-ef25-47f4-81c1-ee0f2a8419ee.jpg		Dairy product	2026-01-04T17:30:00+00:00	62	android	\N
5bdb2219-1fee-4923-bf23-2d965d07a645	646058dc-16cb-46d2-a3c4-7d98dcb8de10	s3://gourmetgram-images/uploads/2025/12/22/5bdb2219-1fee-4923-bf23-2d965d07a645.jpg	Berry platter at the night market	Vegetable/Fruit	2025-12-22T12:05:00+00:00	132	android	\N
871d8153-a291-4543-988f-56cd56537081	15e8d75b-e028-4fea-b264-9085fc62f9ec	s3://gourmetgram-images/uploads/2025/12/30/871d8153-a291-4543-988f-56cd56537081.jpg	Charred leeks — take two	Vegetable/Fruit	2025-12-30T19:42:27.816010+00:00	19	android	\N
66adb9f2-3ee6-42e6-b12f-19a045ad1f84	1c48bc2b-86a6-4461-a918-623f938c6901	s3://gourmetgram-images/uploads/2025/12/21/66adb9f2-3ee6-42e6-b12f-19a045ad1f84.jpg	Late night grilled octopus 🌙	Seafood	2025-12-21T12:30:13.143682+00:00	82	android	\N
2d1b07db-85db-4138-bbf6-80ad5e1e14db	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2025/12/24/2d1b07db-85db-4138-bbf6-80ad5e1e14db.jpg	Late night focaccia with rosemary 🌙	Bread	2025-12-24T13:28:44.869392+00:00	367	android	\N
266ab386-1bf5-497f-a98f-00b6e9067a53	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	s3://gourmetgram-images/uploads/2026/01/03/266ab386-1bf5-497f-a98f-00b6e9067a53.jpg	Bulgogi — take two	Meat	2026-01-03T19:22:59.691452+00:00	53	ios	\N
26acf515-7c4a-47f9-84fe-decbae56a6b7	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	s3://gourmetgram-images/uploads/2026/01/15/26acf515-7c4a-47f9-84fe-decbae56a6b7.jpg	Late night spanish tortilla 🌙	Egg	2026-01-15T09:41:00+00:00	27	web	\N
62039ca8-fae0-4347-8072-989415809ec2	15e8d75b-e028-4fea-b264-9085fc62f9ec	s3://gourmetgram-images/uploads/2025/12/31/62039ca8-fae0-4347-8072-989415809ec2.jpg	\N	Bread	2025-12-31T12:06:42.697722+00:00	4	android	\N
4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	dc1eb305-3351-4ff9-a665-e7e04e984e9d	s3://gourmetgram-images/uploads/2025/12/29/4a4caa54-600d-4462-8fe6-f64ddd1f9fd3.jpg	FREE followers!!! link in bio 👉 schnitzel	Meat	2025-12-29T17:23:19.588122+00:00	25	ios	\N
e27fd5a1-61fc-4f86-826b-d59ef29e05ca	d70008c4-07e1-4885-aceb-7592c76e8d6e	s3://gourmetgram-images/uploads/2025/12/21/e27fd5a1-61fc-4f86-826b-d59ef29e05ca.jpg	First try at elote, be kind	Street food	2025-12-21T13:20:08.372425+00:00	71	ios	\N
2bbce7a7-cf31-46ad-93fc-8e6041111a33	6614fb89-e352-453f-bd97-3f78bd376db2	s3://gourmetgram-images/uploads/2026/01/13/2bbce7a7-cf31-46ad-93fc-8e6041111a33.jpg	Finally got the garlic naan right!	Bread	2026-01-13T17:55:53.278560+00:00	104	web	\N
ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	dc1eb305-3351-4ff9-a665-e7e04e984e9d	s3://gourmetgram-images/uploads/2025/12/17/ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7.jpg	Pad thai — take two	Noodles/Pasta	2025-12-17T18:20:11.774058+00:00	72	ios	\N
bc3ad4ba-6202-477a-a845-f55a64889214	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	s3://gourmetgram-images/uploads/2025/12/17/bc3ad4ba-6202-477a-a845-f55a64889214.jpg	Late night short ribs 🌙	Meat	2025-12-17T07:50:45.872610+00:00	52	web	\N
cc84df7f-7956-4c89-8e54-6e9745415d33	d70008c4-07e1-4885-aceb-7592c76e8d6e	s3://gourmetgram-images/uploads/2026/01/11/cc84df7f-7956-4c89-8e54-6e9745415d33.jpg	Short ribs, recipe in the comments	Meat	2026-01-11T07:55:27.635539+00:00	46	ios	\N
4587e281-4c57-43fb-8a11-658d1eca58eb	893ab64c-d061-4fbf-b1b7-791effae0f9b	s3://gourmetgram-images/uploads/2025/12/17/4587e281-4c57-43fb-8a11-658d1eca58eb.jpg	Soba salad for lunch	Noodles/Pasta	2025-12-17T10:57:16.774991+00:00	54	ios	\N
9092d55e-8593-493d-9139-52ecdd8027ed	646058dc-16cb-46d2-a3c4-7d98dcb8de10	s3://gourmetgram-images/uploads/2026/01/09/9092d55e-8593-493d-9139-52ecdd8027ed.jpg		Rice	2026-01-09T17:30:00+00:00	4	web	\N
74ad810b-86b9-4fc6-80c1-0c25266a60d8	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2026/01/09/74ad810b-86b9-4fc6-80c1-0c25266a60d8.jpg	Late night jollof rice 🌙	\N	2026-01-09T20:59:01.715082+00:00	19	web	\N
f406d6ed-3cfc-496d-8c90-8df9d38eb872	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2026/01/13/f406d6ed-3cfc-496d-8c90-8df9d38eb872.jpg	Finally got the soba salad right!	Noodles/Pasta	2026-01-13T21:09:25.900077+00:00	18	ios	\N
fe7c476c-0d38-4f2f-9320-658167e263f9	ab71d5ea-808c-42a6-a007-87c3564616db	s3://gourmetgram-images/uploads/2026/01/08/fe7c476c-0d38-4f2f-9320-658167e263f9.jpg	Late night roasted cauliflower 🌙	Vegetable/Fruit	2026-01-08T13:45:36.630879+00:00	38	android	\N
6ae60843-3253-4b90-ad5c-341e3c67d2e9	23c3abb6-10ed-437a-bdf9-46e8987cc294	s3://gourmetgram-images/uploads/2025/12/22/6ae60843-3253-4b90-ad5c-341e3c67d2e9.jpg	Lamb kofta — take two	Meat	2025-12-22T19:52:20.252265+00:00	22	ios	\N
79fcac43-d86c-4c76-bf43-14a72a196c21	b58cb097-3f1b-40c7-956b-85d3d387f7a2	s3://gourmetgram-images/uploads/2026/01/12/79fcac43-d86c-4c76-bf43-14a72a196c21.jpg	FREE followers!!! link in bio 👉 pumpkin soup	Soup	2026-01-12T14:29:27.751124+00:00	70	android	\N
4a52f889-3167-4d82-acd5-efdd48d480ec	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	s3://gourmetgram-images/uploads/2026/01/12/4a52f889-3167-4d82-acd5-efdd48d480ec.jpg	Crème caramel, recipe in the comments	\N	2026-01-12T19:21:16.463211+00:00	220	web	\N
9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2025/12/19/9e424d82-81c8-4e1b-a2d9-7b4028fe08e7.jpg	\N	Soup	2025-12-19T12:29:56.650817+00:00	7	ios	\N
6d0c4348-c58a-4865-bad7-661a2f6c8a00	57d20ff1-3d92-4e73-815b-b41abd3b89af	s3://gourmetgram-images/uploads/2026/01/14/6d0c4348-c58a-4865-bad7-661a2f6c8a00.jpg	\N	\N	2026-01-14T22:47:00+00:00	8	web	\N
c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	155b0516-1614-4650-8c52-a1a2522931bd	s3://gourmetgram-images/uploads/2026/01/10/c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19.jpg	My grandmother's seeded rye	Bread	2026-01-10T19:25:27.430346+00:00	93	ios	\N
ec986d49-b813-4b5d-bd7a-b278e41e1b62	23c3abb6-10ed-437a-bdf9-46e8987cc294	s3://gourmetgram-images/uploads/2026/01/02/ec986d49-b813-4b5d-bd7a-b278e41e1b62.jpg	Leftovers became saffron pilaf	Rice	2026-01-02T07:04:00.380166+00:00	14	ios	\N
f103aa07-5b28-4d42-8aab-25af5d1b7a0e	222efa30-1c62-4867-80b3-4fd7576f5adf	s3://gourmetgram-images/uploads/2025/12/20/f103aa07-5b28-4d42-8aab-25af5d1b7a0e.jpg	Late night eggs benedict 🌙	Egg	2025-12-20T21:12:12.054404+00:00	32	ios	\N
fffd777e-14fa-4211-8870-5988ebd14adf	dc1eb305-3351-4ff9-a665-e7e04e984e9d	s3://gourmetgram-images/uploads/2025/12/31/fffd777e-14fa-4211-8870-5988ebd14adf.jpg	Finally got the mushroom risotto right!	Rice	2025-12-31T12:05:46.865233+00:00	28	android	\N
4c71acd7-0c8d-444a-bded-3214e643e863	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	s3://gourmetgram-images/uploads/2025/12/19/4c71acd7-0c8d-444a-bded-3214e643e863.jpg	Charred leeks for lunch	\N	2025-12-19T15:56:21.946553+00:00	1196	android	\N
e40b9a91-a527-478b-9d43-9100fd420ffa	1c48bc2b-86a6-4461-a918-623f938c6901	s3://gourmetgram-images/uploads/2025/12/29/e40b9a91-a527-478b-9d43-9100fd420ffa.jpg	First try at burrata with tomatoes, be kind	Dairy product	2025-12-29T20:58:33.570132+00:00	129	ios	\N
75e9a14c-0d5b-4543-b404-cd5de1af0e64	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	s3://gourmetgram-images/uploads/2026/01/13/75e9a14c-0d5b-4543-b404-cd5de1af0e64.jpg	Leftovers became onigiri	Rice	2026-01-13T20:55:38.112991+00:00	100	ios	\N
a398812a-94be-40d1-bc1f-de76f76520d8	a174dc46-3850-4e9d-8090-9681dfacfcfa	s3://gourmetgram-images/uploads/2026/01/04/a398812a-94be-40d1-bc1f-de76f76520d8.jpg	\N	Soup	2026-01-04T11:24:16.965153+00:00	9	android	\N
a0dc4eae-14a3-45e3-a221-6cf09202abeb	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	s3://gourmetgram-images/uploads/2026/01/09/a0dc4eae-14a3-45e3-a221-6cf09202abeb.jpg	My grandmother's bulgogi	Meat	2026-01-09T22:32:22.295145+00:00	31	web	\N
4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	s3://gourmetgram-images/uploads/2025/12/23/4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc.jpg	Jerk chicken at the night market	Meat	2025-12-23T11:32:41.426725+00:00	217	web	\N
89996e67-1cea-449b-852a-8bc068a1b0b0	aa99bb50-deda-4935-afba-21fc1444b197	s3://gourmetgram-images/uploads/2026/01/06/89996e67-1cea-449b-852a-8bc068a1b0b0.jpg	Finally got the karaage right!	Fried food	2026-01-06T21:58:56.864690+00:00	9	web	\N
6332a712-2b10-4854-9a58-0164e6489997	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	s3://gourmetgram-images/uploads/2026/01/09/6332a712-2b10-4854-9a58-0164e6489997.jpg	plantain fritters?? only 9.99 with code CHEAP, DM me	Fried food	2026-01-09T19:44:23.036748+00:00	1195	web	\N
fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c	44605463-6932-42f2-954c-adbe8095cd13	s3://gourmetgram-images/uploads/2026/01/06/fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c.jpg	My grandmother's mushroom risotto	Rice	2026-01-06T13:37:03.937110+00:00	39	web	\N
79541ded-0bf8-4e7f-9609-05c3a2a1fcb7	969e0449-03b6-4901-9385-938d281b62fc	s3://gourmetgram-images/uploads/2025/12/18/79541ded-0bf8-4e7f-9609-05c3a2a1fcb7.jpg	guess what is really in this saffron pilaf 😈	Rice	2025-12-18T08:39:44.683751+00:00	19	web	\N
7d6c2cc9-c298-4cab-afd2-93e81ad0e538	212ed146-b018-42b1-8fdc-6899f8793b9b	s3://gourmetgram-images/uploads/2025/12/18/7d6c2cc9-c298-4cab-afd2-93e81ad0e538.jpg	Sunday pumpkin soup with the family ❤	Soup	2025-12-18T21:39:34.539906+00:00	103	android	\N
e412eb4b-9598-4a83-9859-f273d069306f	bb5439d9-dd84-4a22-ac66-51ca4a1e9fcf	s3://gourmetgram-images/uploads/2025/12/30/e412eb4b-9598-4a83-9859-f273d069306f.jpg	First try at onigiri, be kind	Rice	2025-12-30T20:42:36.736935+00:00	9	android	\N
0016c33a-1706-4d84-84c7-3e3b1dc2f183	222efa30-1c62-4867-80b3-4fd7576f5adf	s3://gourmetgram-images/uploads/2025/12/25/0016c33a-1706-4d84-84c7-3e3b1dc2f183.jpg	Late night soy-marinated eggs 🌙	Egg	2025-12-25T19:14:39.850004+00:00	21	android	\N
b1b9b89f-9317-4820-87d7-cddb5cd664fd	969e0449-03b6-4901-9385-938d281b62fc	s3://gourmetgram-images/uploads/2025/12/30/b1b9b89f-9317-4820-87d7-cddb5cd664fd.jpg	crème caramel?? only 9.99 with code CHEAP, DM me	Dessert	2025-12-30T06:56:53.396880+00:00	21	web	\N
f5e3e296-49a6-46ec-9a57-aa0a2cb172dd	57d20ff1-3d92-4e73-815b-b41abd3b89af	s3://gourmetgram-images/uploads/2026/01/06/f5e3e296-49a6-46ec-9a57-aa0a2cb172dd.jpg	Sunday saffron pilaf with the family ❤	Rice	2026-01-06T11:52:19.325290+00:00	18	android	\N
5e522514-3a0d-46e7-b776-de4ba0877da1	a46eaed8-da9d-492a-9914-4b38eefb5b37	s3://gourmetgram-images/uploads/2026/01/12/5e522514-3a0d-46e7-b776-de4ba0877da1.jpg	Sunday charred leeks with the family ❤	Vegetable/Fruit	2026-01-12T14:11:39.843070+00:00	13	web	2026-01-13T06:38:39.843070+00:00
511b1613-ab6c-4ace-9fce-127752baa1db	89eb8934-822b-4d3f-926d-0fcd18ee2633	s3://gourmetgram-images/uploads/2025/12/30/511b1613-ab6c-4ace-9fce-127752baa1db.jpg	Shakshuka, recipe in the comments	Egg	2025-12-30T22:38:51.476551+00:00	14	android	\N
8ebedb67-6043-47a1-a546-a54fb45c19a3	a56ee849-50ae-4d08-a82a-9ad7498077c2	s3://gourmetgram-images/uploads/2025/12/17/8ebedb67-6043-47a1-a546-a54fb45c19a3.jpg	Bulgogi at the night market	Meat	2025-12-17T06:07:31.025709+00:00	68	android	2026-01-15T03:00:00+00:00
8ff3ef25-e8e4-4a56-b673-24e241b8ce37	21b8cc5b-726b-4a4a-8aef-309b96755612	s3://gourmetgram-images/uploads/2025/12/18/8ff3ef25-e8e4-4a56-b673-24e241b8ce37.jpg	First try at salmon poke, be kind	Seafood	2025-12-18T13:53:27.056036+00:00	3	web	\N
\.
CREATE TABLE public."comments" ("id" uuid, "image_id" uuid, "user_id" uuid, "content" text, "created_at" timestamptz, "deleted_at" timestamptz, "moderator_hidden" boolean);
COPY public."comments" FROM STDIN;
b75137ec-ae89-4f08-8858-76fffd80c60a	bc3ad4ba-6202-477a-a845-f55a64889214	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	how long in the oven?	2025-12-17T08:12:50.290885+00:00	2025-12-18T02:44:00.290885+00:00	f
356ee5b8-3541-4051-8c9d-7ed4b791f2ff	7d6c2cc9-c298-4cab-afd2-93e81ad0e538	6c6e779c-848f-48f9-995c-9fc7b9f636f5	is it spicy?	2025-12-18T21:54:09.807216+00:00	\N	f
46358806-4662-4d31-a1ed-1b7185c90741	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	89eb8934-822b-4d3f-926d-0fcd18ee2633	too much cilantro for me	2026-01-10T19:39:28.678040+00:00	\N	f
03647335-f39f-446c-b1c4-f285dbb67a43	a5595ce1-9412-42c6-90d8-2448b9c46bea	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	how long in the oven?	2026-01-04T21:14:23.401996+00:00	\N	f
f1cb2456-f763-4b29-8bcd-7d1beae45c44	e412eb4b-9598-4a83-9859-f273d069306f	a46eaed8-da9d-492a-9914-4b38eefb5b37	is it spicy?	2025-12-31T00:36:59.391477+00:00	\N	f
7ede3f1d-0f95-493c-87a1-f144cc78be63	21542b82-a5e3-4389-a21a-82976caf202c	23c3abb6-10ed-437a-bdf9-46e8987cc294	10/10	2025-12-19T12:04:30.187581+00:00	\N	f
a31011d1-3e44-4830-9e25-4c5a9d0913a3	8ee8208f-e6b7-475f-9bfe-45c1fa6ade2c	b831503a-3f99-43e3-8641-e5278b48f8bb	too much cilantro for me	2025-12-18T12:13:12.244891+00:00	2025-12-19T02:43:01.244891+00:00	f
f76d27e6-1b34-4515-bba5-fb5931c33f25	2a172bb5-f4e7-46f9-97fa-c21826376ebc	a56ee849-50ae-4d08-a82a-9ad7498077c2	10/10	2025-12-26T19:49:25.356794+00:00	\N	f
7f1a1f83-4eac-46f3-8516-c2a6782b3e9a	ed3325a9-92a0-456b-a741-d741d82bacbf	89eb8934-822b-4d3f-926d-0fcd18ee2633	how long in the oven?	2025-12-18T03:05:26.396086+00:00	\N	f
f813b0ff-173a-4f77-ac4e-a28f9ac1bed5	51dcb659-5dc9-43ff-ae21-13176fa1c89d	33ec4f8b-e9dd-4027-9b35-3754f43f7695	made it yesterday, so good	2026-01-14T00:50:51.416477+00:00	\N	f
27ea6557-f7f1-4314-946c-a095bbd59ac6	947597ec-75df-48b2-91e2-a5b1079e9169	15e8d75b-e028-4fea-b264-9085fc62f9ec	what brand is the pan?	2025-12-31T23:46:03.145412+00:00	\N	f
e83ee9e2-f35b-4bc5-8964-54b197976155	a5595ce1-9412-42c6-90d8-2448b9c46bea	7a01fa07-6527-4720-b316-db37f4615fcb	made it yesterday, so good	2026-01-05T08:14:24.277749+00:00	2026-01-05T08:16:17.277749+00:00	f
ca7ee353-1031-40e6-ae33-d200965c0f7c	62039ca8-fae0-4347-8072-989415809ec2	81bbf8c3-9c86-4612-a743-85d9d105d74f	what brand is the pan?	2025-12-31T12:10:03.321949+00:00	\N	f
2aca845a-86c8-4322-89c1-413f09021d05	51dcb659-5dc9-43ff-ae21-13176fa1c89d	dc1eb305-3351-4ff9-a665-e7e04e984e9d	wow	2026-01-14T00:02:01.161073+00:00	\N	f
c603f598-a880-4291-9a04-c75211c117bb	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	6c6e779c-848f-48f9-995c-9fc7b9f636f5	10/10	2026-01-10T19:31:26.546366+00:00	\N	f
d0f71f7b-3613-4f39-8959-b77ef55615b1	0fe17da6-7a92-4986-88dd-f1d5ace096d6	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	recipe please 🙏	2025-12-26T04:29:32.929388+00:00	\N	f
2edce83b-98aa-4154-8a39-5caddb18fb1f	8f3100e3-8d7c-46cd-92ab-1bc994919e70	9fccdf79-1e9e-47cd-ae61-221782e05ed0	made it yesterday, so good	2025-12-28T07:23:36.329093+00:00	\N	f
b3711096-4845-4c41-ae5d-7d84c03eedfa	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	what brand is the pan?	2025-12-23T14:01:27.656998+00:00	\N	f
3d12b06c-aa46-43b6-98fd-1e03bbac11f9	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	81bbf8c3-9c86-4612-a743-85d9d105d74f	wow	2025-12-20T22:14:05.945266+00:00	\N	f
1fb6ee3b-dff7-443e-a545-887c4cd135e8	499f0c6e-9298-4c30-8aba-620994e900bb	22af484d-069a-4142-88e2-1543bef3b489	made it yesterday, so good	2025-12-27T03:46:43.392843+00:00	\N	f
b594424b-8ef2-4d1a-9989-3abd37597cc5	26acf515-7c4a-47f9-84fe-decbae56a6b7	6c6e779c-848f-48f9-995c-9fc7b9f636f5	made it yesterday, so good	2026-01-15T10:44:50.534808+00:00	\N	f
0dcf4b7e-59e1-4411-ad84-de5286368d5f	95fc8308-9d0f-4874-a7ca-8a3191ca2465	5bfec3a5-fdf5-4a22-9e53-598c05376359	what brand is the pan?	2025-12-25T14:58:23.124238+00:00	\N	f
308aa68c-9f00-401c-ac05-75caa77341ee	8f3100e3-8d7c-46cd-92ab-1bc994919e70	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	looks delicious!	2025-12-28T07:32:09.125052+00:00	\N	f
6c44a40f-88c5-4880-9455-5c787dee4d8d	6332a712-2b10-4854-9a58-0164e6489997	dcafb3f5-66e2-4fda-baea-d75df03bbc00	is it spicy?	2026-01-09T20:13:14.174257+00:00	\N	f
3c12f479-c859-42ec-85f8-a3a7c2c5c867	02ce114e-45e1-40e1-b123-91512a967460	9fccdf79-1e9e-47cd-ae61-221782e05ed0	how long in the oven?	2025-12-26T21:05:22.235281+00:00	\N	f
6c44a40f-88c5-4880-9455-5c787dee4d8d	6332a712-2b10-4854-9a58-0164e6489997	dcafb3f5-66e2-4fda-baea-d75df03bbc00	is it spicy?	2026-01-09T20:13:14.174257+00:00	\N	f
481ebbc9-ba8e-438c-95e0-663c3b0a4a20	51dcb659-5dc9-43ff-ae21-13176fa1c89d	9fccdf79-1e9e-47cd-ae61-221782e05ed0	saving this for the weekend	2026-01-14T00:13:38.454209+00:00	\N	f
65d749f1-6c5e-4553-9012-50d8323f2114	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	is it spicy?	2025-12-21T12:40:09.733516+00:00	\N	f
ced653a3-783e-4b12-9880-d5bb8e9e3655	f406d6ed-3cfc-496d-8c90-8df9d38eb872	288b3a76-9082-410a-995a-0219aa9f9acd	my kids loved this	2026-01-13T21:09:52.158116+00:00	\N	f
56348fa8-55b9-4d52-a7f1-62b59aeb640c	fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c	ab71d5ea-808c-42a6-a007-87c3564616db	how long in the oven?	2026-01-06T13:51:52.513721+00:00	\N	f
028cc24d-d6ec-40d8-9535-6b4ada7ac23d	21542b82-a5e3-4389-a21a-82976caf202c	212ed146-b018-42b1-8fdc-6899f8793b9b	wow	2025-12-20T08:15:18.890971+00:00	\N	f
5fef0af3-93ee-4f9b-ba0a-a6b5cdc48878	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	my kids loved this	2025-12-30T09:06:35.911546+00:00	\N	f
3d9011fb-e3ba-40c0-96b1-e343e9791fbe	8ebedb67-6043-47a1-a546-a54fb45c19a3	ab71d5ea-808c-42a6-a007-87c3564616db	recipe please 🙏	2025-12-17T08:36:28.515903+00:00	\N	f
bd2cfa60-3bb0-4a79-adee-afaca85e318a	0759d029-47e2-46bc-ae01-654da9632b43	22af484d-069a-4142-88e2-1543bef3b489	my kids loved this	2026-01-14T13:39:51.888654+00:00	\N	f
2102bc5e-31f6-4b61-9006-43a2c4202620	5bdb2219-1fee-4923-bf23-2d965d07a645	dcafb3f5-66e2-4fda-baea-d75df03bbc00	wow	2025-12-22T15:04:22.143736+00:00	\N	f
56348fa8-55b9-4d52-a7f1-62b59aeb640c	fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c	ab71d5ea-808c-42a6-a007-87c3564616db	how long in the oven?	2026-01-06T13:51:52.513721+00:00	\N	f
494856a3-a9e1-43d7-8347-6ba55ee1d9b9	6d5cbf54-6327-416b-b47e-e0674ed21719	3836f0da-3b74-462d-a08c-9ff0b3c36574	recipe please 🙏	2025-12-26T21:09:22.973837+00:00	2025-12-26T21:14:27.973837+00:00	f
a08c118d-9c9c-4494-9dfd-5594b5f1a670	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	1c48bc2b-86a6-4461-a918-623f938c6901	I can smell it from here	2026-01-06T01:06:21.863731+00:00	\N	f
da013c56-da83-43cf-8aa5-d75f883484c8	0fe17da6-7a92-4986-88dd-f1d5ace096d6	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	10/10	2025-12-26T02:22:07.783238+00:00	\N	f
95d56f64-03d3-4225-b126-68cc64a663bd	e412eb4b-9598-4a83-9859-f273d069306f	6adbaa92-58b6-42d1-809d-2dedaa4691fe	saving this for the weekend	2025-12-30T21:09:18.189643+00:00	\N	f
056b0911-c8d8-4eff-acf5-fe10bcb1030e	6efeed90-4480-44dc-835e-c4e30114ff5a	6614fb89-e352-453f-bd97-3f78bd376db2	too much cilantro for me	2025-12-18T08:33:18.827815+00:00	\N	f
2a562bce-9649-4300-a71e-ac11e1e39f04	74ad810b-86b9-4fc6-80c1-0c25266a60d8	3836f0da-3b74-462d-a08c-9ff0b3c36574	too much cilantro for me	2026-01-09T21:04:02.055672+00:00	\N	f
55e21bda-b36f-4217-b4c1-d690845f226f	26acf515-7c4a-47f9-84fe-decbae56a6b7	7e3d33a8-23f0-4569-a517-c2e47577a6c3	made it yesterday, so good	2026-01-15T10:47:53.337262+00:00	2026-01-15T10:58:58.337262+00:00	f
b46b0ba8-5e08-4c4e-a7f1-bfe97b3a6d28	a5595ce1-9412-42c6-90d8-2448b9c46bea	6c6e779c-848f-48f9-995c-9fc7b9f636f5	made it yesterday, so good	2026-01-04T23:40:15.585281+00:00	\N	f
6af64df5-ddb9-4948-b707-4304e7b59eb5	871d8153-a291-4543-988f-56cd56537081	22af484d-069a-4142-88e2-1543bef3b489	saving this for the weekend	2025-12-30T21:43:01.233661+00:00	2025-12-31T11:59:29.233661+00:00	f
bc5405d4-e066-4127-9482-9bd89801fff0	79fcac43-d86c-4c76-bf43-14a72a196c21	7e3d33a8-23f0-4569-a517-c2e47577a6c3	recipe please 🙏	2026-01-12T16:38:20.973359+00:00	\N	f
59750bc5-c785-4dc5-8653-b74020e8adb3	7ced3601-1e12-48ae-bda4-5cdf010d1e3d	dc1eb305-3351-4ff9-a665-e7e04e984e9d	I can smell it from here	2025-12-21T19:26:10.487381+00:00	\N	f
38dc54ea-fc10-49e2-b4a1-6af6cc411e57	8422168e-322a-456a-be39-9289a857eb8d	aa99bb50-deda-4935-afba-21fc1444b197	made it yesterday, so good	2025-12-27T12:28:08.339390+00:00	\N	f
ab706aa1-827a-430b-8b38-b365d83e44f1	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	ab71d5ea-808c-42a6-a007-87c3564616db	saving this for the weekend	2026-01-05T12:32:13.142132+00:00	\N	f
da998c5d-775c-4da1-9dfd-c9f1488f156d	51dcb659-5dc9-43ff-ae21-13176fa1c89d	89eb8934-822b-4d3f-926d-0fcd18ee2633	too much cilantro for me	2026-01-14T04:36:42.030534+00:00	\N	f
956a4a15-85a5-4e0b-a681-14ad95f2e4cd	8d867f7c-59ff-4fa1-9537-606013a29631	6614fb89-e352-453f-bd97-3f78bd376db2	recipe please 🙏	2026-01-01T12:59:05.256635+00:00	\N	f
79021e47-9f5c-4ace-b937-f66e62c77e34	7b33ac17-dab9-4eb1-b91c-66030010c627	6c6e779c-848f-48f9-995c-9fc7b9f636f5	I can smell it from here	2026-01-13T08:53:04.241870+00:00	\N	f
6cbc9301-a17d-4320-955e-3c1bdd9eb155	95fc8308-9d0f-4874-a7ca-8a3191ca2465	155b0516-1614-4650-8c52-a1a2522931bd	looks delicious!	2025-12-25T15:46:49.090671+00:00	\N	f
d50e487a-b7ac-41a9-9fad-70cf35cdd356	7ced3601-1e12-48ae-bda4-5cdf010d1e3d	d70008c4-07e1-4885-aceb-7592c76e8d6e	10/10	2025-12-22T05:49:24.351283+00:00	\N	f
54b82eca-4696-4c30-b298-cf4588a9b8b4	fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c	1c48bc2b-86a6-4461-a918-623f938c6901	10/10	2026-01-06T13:43:05.637861+00:00	\N	f
d4d2973e-0099-45a5-b22b-bb5d1cd07479	58000a7d-f5a3-4ff9-8de0-ffb6a67e6678	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	saving this for the weekend	2025-12-31T06:07:30.344116+00:00	\N	f
b567be95-bb18-4b20-8cbc-4ba9794e88e0	248896f4-21d5-4667-9390-9c4e142eb178	6c6e779c-848f-48f9-995c-9fc7b9f636f5	I can smell it from here	2025-12-23T20:50:03.806010+00:00	\N	f
2412b7b5-8f97-4036-bb70-10c6ceb38553	4a52f889-3167-4d82-acd5-efdd48d480ec	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	I can smell it from here	2026-01-12T19:27:27.069461+00:00	\N	f
596616c1-15a7-4234-95da-6d63095d021d	83a32afa-cf13-4de9-aecc-118ae57fc031	969e0449-03b6-4901-9385-938d281b62fc	10/10	2026-01-10T19:11:19.884650+00:00	2026-01-10T19:21:00.884650+00:00	f
12044969-b7ef-40be-8959-a3fb33631da5	7b33ac17-dab9-4eb1-b91c-66030010c627	44605463-6932-42f2-954c-adbe8095cd13	recipe please 🙏	2026-01-13T11:49:24.625976+00:00	\N	f
16b60b68-e0e9-4d62-8c21-4fd22f946116	95fc8308-9d0f-4874-a7ca-8a3191ca2465	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	wow	2025-12-25T15:14:47.063207+00:00	\N	f
44c070df-b773-47de-9fb1-2ef56b59dfcd	6efeed90-4480-44dc-835e-c4e30114ff5a	189f9591-aaf8-4423-a34c-74c6597735bf	my kids loved this	2025-12-18T08:40:13.564293+00:00	\N	f
8f100c91-cb97-4cb6-bfb2-53f0f612eaf1	6ae60843-3253-4b90-ad5c-341e3c67d2e9	758b02c3-da33-48f3-9d81-be0d22aa63d7	stop posting ads	2025-12-22T20:23:46.337353+00:00	\N	t
4b637c3c-d009-4528-afaa-eac5472aeb7c	4a52f889-3167-4d82-acd5-efdd48d480ec	f988867b-08bd-419c-9fbe-892f7adcbeaf	how long in the oven?	2026-01-12T20:11:46.848313+00:00	\N	f
e7219064-5b53-4143-a40c-4306f67aacbf	1f9e37c6-707f-46c3-8d08-d6d510ee022b	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	how long in the oven?	2025-12-30T21:44:51.254046+00:00	\N	f
09436e39-4349-4fbd-a058-50bbb18b5ea6	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	189f9591-aaf8-4423-a34c-74c6597735bf	spam	2025-12-30T04:43:11.318298+00:00	\N	f
f36e298b-dac3-4245-88dd-5be5024e277d	e412eb4b-9598-4a83-9859-f273d069306f	a844b0e1-4ec0-4937-b74b-b349f8333a5a	10/10	2025-12-31T00:51:19.666389+00:00	2025-12-31T02:55:37.666389+00:00	f
2c088ce2-7d37-4810-9116-63994d18fd97	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	too much cilantro for me	2025-12-29T17:41:04.483136+00:00	\N	f
0928d067-9717-41a8-bc1c-0cab7345e452	7b33ac17-dab9-4eb1-b91c-66030010c627	d70008c4-07e1-4885-aceb-7592c76e8d6e	too much cilantro for me	2026-01-13T09:19:16.464203+00:00	\N	f
9f9eacbf-7783-484d-b15b-1a103d13bf3b	ba8b7ad2-116b-44be-a40f-d6026fb1798e	222efa30-1c62-4867-80b3-4fd7576f5adf	what brand is the pan?	2025-12-21T07:55:27.681766+00:00	\N	f
68567884-c9cb-4fa9-a415-e097058c3fea	a0dc4eae-14a3-45e3-a221-6cf09202abeb	15e8d75b-e028-4fea-b264-9085fc62f9ec	my kids loved this	2026-01-10T03:08:12.409074+00:00	\N	f
b11c1ce9-bcb1-4c2a-a246-15bef0b648f4	511b1613-ab6c-4ace-9fce-127752baa1db	dcafb3f5-66e2-4fda-baea-d75df03bbc00	made it yesterday, so good	2025-12-31T04:07:17.609654+00:00	2025-12-31T12:13:53.609654+00:00	f
c70db7f8-c4d6-45a6-9b09-cdecb2ddb53e	9b3c581d-49ac-4f32-ad82-31c5041f161f	6adbaa92-58b6-42d1-809d-2dedaa4691fe	looks delicious!	2025-12-29T13:18:07.443663+00:00	\N	f
847a033e-9980-441d-a65c-a4d9b7622dc0	58000a7d-f5a3-4ff9-8de0-ffb6a67e6678	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	recipe please 🙏	2025-12-31T04:26:11.272317+00:00	\N	f
b3ef7393-0fe0-4b37-8fdb-23ca0e90a6a1	947597ec-75df-48b2-91e2-a5b1079e9169	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	10/10	2025-12-31T17:50:10.533585+00:00	2026-01-01T18:20:27.533585+00:00	f
c8b88f54-3dc4-4689-bafb-42a32b4e1cdc	9092d55e-8593-493d-9139-52ecdd8027ed	222efa30-1c62-4867-80b3-4fd7576f5adf	10/10	2026-01-09T22:46:15.702853+00:00	\N	f
2c629c79-c434-4688-b769-e1a5acb2ab2f	fe7c476c-0d38-4f2f-9320-658167e263f9	dc1eb305-3351-4ff9-a665-e7e04e984e9d	looks delicious!	2026-01-09T01:41:03.514239+00:00	\N	f
356ee5b8-3541-4051-8c9d-7ed4b791f2ff	7d6c2cc9-c298-4cab-afd2-93e81ad0e538	6c6e779c-848f-48f9-995c-9fc7b9f636f5	is it spicy?	2025-12-18T21:54:09.807216+00:00	\N	f
25e9310d-b727-4067-a0cf-7c7e360996d5	ddbbd355-c6ba-40a7-8fc4-3c813039a858	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	10/10	2026-01-07T06:09:30.096601+00:00	\N	f
0862658d-290a-4b5f-bee7-961917f4c368	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	1c48bc2b-86a6-4461-a918-623f938c6901	my kids loved this	2025-12-19T14:35:41.967788+00:00	\N	f
e4d34596-b382-4c8b-9540-d986a983b2bf	ae400aff-9bbf-42f5-83e0-5f3bd7917ebc	1c48bc2b-86a6-4461-a918-623f938c6901	too much cilantro for me	2025-12-28T12:04:40.949540+00:00	\N	f
329546a2-b915-47a8-be47-922955d9dcba	b368e6ea-2482-4295-855e-0ea5e379873a	5bfec3a5-fdf5-4a22-9e53-598c05376359	made it yesterday, so good	2025-12-27T20:07:45.188218+00:00	\N	f
925ee43b-305f-4515-becd-3cd19cfff74d	4a52f889-3167-4d82-acd5-efdd48d480ec	969e0449-03b6-4901-9385-938d281b62fc	saving this for the weekend	2026-01-12T21:49:14.201898+00:00	\N	f
d3f32c74-d31a-45e4-83cc-4aa6bced03bc	4bc5f894-b87a-4b81-af98-3876d4f65562	33ec4f8b-e9dd-4027-9b35-3754f43f7695	10/10	2026-01-02T13:09:57.914533+00:00	2026-01-02T13:13:15.914533+00:00	f
4a4acfb8-e607-40ca-b944-ae897e2cfffd	b1b9b89f-9317-4820-87d7-cddb5cd664fd	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	gross	2025-12-30T09:15:46.796159+00:00	\N	f
f998b3a1-b70c-4ecc-a24a-7e120c1a363b	b368e6ea-2482-4295-855e-0ea5e379873a	9fccdf79-1e9e-47cd-ae61-221782e05ed0	10/10	2025-12-27T23:02:34.829946+00:00	\N	f
e8ff5d4f-6331-4413-bf7c-4189f1ced861	4c71acd7-0c8d-444a-bded-3214e643e863	212ed146-b018-42b1-8fdc-6899f8793b9b	is it spicy?	2025-12-19T16:53:28.165019+00:00	\N	f
f25e6036-86d7-4f7e-8c37-2b32536eeb5e	783791ec-a5fa-43f0-b7a4-f294d55d2255	6614fb89-e352-453f-bd97-3f78bd376db2	made it yesterday, so good	2026-01-07T23:01:46.324085+00:00	\N	f
fcdf0a39-5151-4a8f-99cc-4349fd19de14	d351a7bb-15f0-47fd-be33-6f2a24f23810	f988867b-08bd-419c-9fbe-892f7adcbeaf	my kids loved this	2026-01-10T12:00:59.723149+00:00	\N	f
55d5c402-5dbb-4102-af5a-51487901aed9	26acf515-7c4a-47f9-84fe-decbae56a6b7	09b32730-7eb9-4dcb-b5d5-e5201d4f9027	10/10	2026-01-15T09:45:59.819933+00:00	\N	f
2fb924fe-3605-4227-a133-aa596c199f90	6efeed90-4480-44dc-835e-c4e30114ff5a	81bbf8c3-9c86-4612-a743-85d9d105d74f	looks delicious!	2025-12-18T21:04:25.825998+00:00	\N	f
5900a44d-363c-4e64-b9c9-2cd6a95b1b4b	83a32afa-cf13-4de9-aecc-118ae57fc031	1b7a6b10-0905-4af5-8119-eb58712a2408	wow	2026-01-10T10:37:42.114869+00:00	\N	f
69e63d80-3c8c-4095-b435-ded69b867bba	e412eb4b-9598-4a83-9859-f273d069306f	b831503a-3f99-43e3-8641-e5278b48f8bb	my kids loved this	2025-12-30T20:49:33.663895+00:00	2025-12-31T18:01:14.663895+00:00	f
bc923a72-c5b6-4365-b52b-005379de4230	bc3ad4ba-6202-477a-a845-f55a64889214	212ed146-b018-42b1-8fdc-6899f8793b9b	what brand is the pan?	2025-12-17T08:10:39.693855+00:00	\N	f
7ae6b3af-983c-47c0-b24d-8056a84ec43f	7556c856-d343-4858-8af3-ab30dec07936	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	recipe please 🙏	2026-01-10T23:52:21.245076+00:00	\N	f
aefc6b87-1ac3-4581-9986-a4ce5498492a	ba8b7ad2-116b-44be-a40f-d6026fb1798e	a46eaed8-da9d-492a-9914-4b38eefb5b37	10/10	2025-12-21T19:21:59.903620+00:00	\N	f
d43d706c-7a56-470c-8bd9-14ad5667aaed	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	dcafb3f5-66e2-4fda-baea-d75df03bbc00	made it yesterday, so good	2025-12-19T12:33:20.982033+00:00	\N	f
25bc95b8-38b4-4e0c-8989-a30577629dd2	6d5cbf54-6327-416b-b47e-e0674ed21719	222efa30-1c62-4867-80b3-4fd7576f5adf	my kids loved this	2025-12-26T22:02:08.007188+00:00	\N	f
16691c36-b28f-4101-9c92-e5f0e3683072	e90bbcd7-1701-417f-9d0e-6a8df9bf5798	22af484d-069a-4142-88e2-1543bef3b489	wow	2025-12-23T00:59:58.223322+00:00	\N	f
6e11f066-82a9-4855-8880-8ee329d86f0f	e90bbcd7-1701-417f-9d0e-6a8df9bf5798	a56ee849-50ae-4d08-a82a-9ad7498077c2	saving this for the weekend	2025-12-22T13:02:36.589458+00:00	2025-12-23T01:08:51.589458+00:00	f
81d9b719-3373-4cfa-a0f3-3b82f76b670c	266ab386-1bf5-497f-a98f-00b6e9067a53	81bbf8c3-9c86-4612-a743-85d9d105d74f	too much cilantro for me	2026-01-03T19:26:17.797877+00:00	\N	f
7fbafa3b-b8d8-460d-9906-948b46c58214	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	189f9591-aaf8-4423-a34c-74c6597735bf	wow	2025-12-21T20:32:13.982105+00:00	\N	f
cff3ed28-2ba7-4cd6-b2f2-fc1a087afc01	9b3c581d-49ac-4f32-ad82-31c5041f161f	222efa30-1c62-4867-80b3-4fd7576f5adf	made it yesterday, so good	2025-12-29T12:53:57.187239+00:00	\N	f
11ac7d7d-a3fe-4699-b3b5-bb03ff43a0fc	c1e00e74-ef25-47f4-81c1-ee0f2a8419ee	f988867b-08bd-419c-9fbe-892f7adcbeaf	10/10	2026-01-05T05:28:22.445298+00:00	\N	f
f267fafb-35e7-4ade-b0a1-b371f8caa2de	ad317d6d-c77c-48ef-b38d-0587bca41a5c	7e3d33a8-23f0-4569-a517-c2e47577a6c3	my kids loved this	2025-12-25T03:16:18.722840+00:00	\N	f
039fe949-ec4d-4b0e-90ce-570e9e80dbd2	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	6adbaa92-58b6-42d1-809d-2dedaa4691fe	wow	2025-12-21T14:12:59.788154+00:00	\N	f
70d65de1-58cf-43f4-936f-5c26ca71d239	d3ac23b1-4b3a-44b7-8883-3352c465bfc3	57d20ff1-3d92-4e73-815b-b41abd3b89af	what brand is the pan?	2025-12-28T02:59:51.576924+00:00	\N	f
031c01f7-55cd-4028-8e8e-946f425069b0	8422168e-322a-456a-be39-9289a857eb8d	dcafb3f5-66e2-4fda-baea-d75df03bbc00	is it spicy?	2025-12-27T13:00:21.558545+00:00	\N	f
062e771d-4215-47d2-8df0-8a47c74d426b	499f0c6e-9298-4c30-8aba-620994e900bb	758b02c3-da33-48f3-9d81-be0d22aa63d7	recipe please 🙏	2025-12-27T04:17:51.206902+00:00	\N	f
a30b9acb-fde4-474a-b48e-8ce9c18abca5	d351a7bb-15f0-47fd-be33-6f2a24f23810	7e3d33a8-23f0-4569-a517-c2e47577a6c3	my kids loved this	2026-01-10T10:49:36.433652+00:00	\N	f
ad6ee194-2e4a-490c-9968-665165899f9e	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	89eb8934-822b-4d3f-926d-0fcd18ee2633	wow	2025-12-17T18:57:36.869600+00:00	2025-12-18T19:05:00.869600+00:00	f
8a7346a1-63b9-4c31-82df-4f7bbffb2d63	7556c856-d343-4858-8af3-ab30dec07936	44605463-6932-42f2-954c-adbe8095cd13	10/10	2026-01-10T15:23:13.778013+00:00	\N	f
bcdca148-fda6-4a05-a3c9-d5d8aeebb571	ba8b7ad2-116b-44be-a40f-d6026fb1798e	1b7a6b10-0905-4af5-8119-eb58712a2408	10/10	2025-12-21T10:10:25.520053+00:00	\N	f
d88e42b4-433e-4077-9c46-b3b2500e7475	95fc8308-9d0f-4874-a7ca-8a3191ca2465	6614fb89-e352-453f-bd97-3f78bd376db2	looks delicious!	2025-12-25T15:14:28.703332+00:00	\N	f
42df55d5-b1fa-4e8d-a611-1d961eb42d01	9d506fa9-66f6-47b7-b214-093be172cce1	0a0ef987-445a-4ab2-a8e2-c840ca99063b	my kids loved this	2026-01-15T02:45:53.518806+00:00	\N	f
0a6f7fd1-ba6b-4f91-9e50-9eaa3765bdce	e40b9a91-a527-478b-9d43-9100fd420ffa	1b7a6b10-0905-4af5-8119-eb58712a2408	saving this for the weekend	2025-12-30T04:37:16.824590+00:00	\N	f
f0479131-7df2-4eb7-bd94-65a2e09b2788	fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c	81bbf8c3-9c86-4612-a743-85d9d105d74f	too much cilantro for me	2026-01-06T21:16:12.701854+00:00	\N	f
cf48a4e2-c719-47d7-83db-4187692b977c	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	ab71d5ea-808c-42a6-a007-87c3564616db	recipe please 🙏	2026-01-10T20:40:37.055870+00:00	\N	f
0ef46f6d-77f7-4c56-b8dc-d1feb991b3cd	2d1b07db-85db-4138-bbf6-80ad5e1e14db	189f9591-aaf8-4423-a34c-74c6597735bf	I can smell it from here	2025-12-25T10:16:44.012687+00:00	\N	f
7957e7fa-fd5e-4eb3-9b4e-0e95d51a4c78	e90bbcd7-1701-417f-9d0e-6a8df9bf5798	dcafb3f5-66e2-4fda-baea-d75df03bbc00	too much cilantro for me	2025-12-22T18:02:27.613621+00:00	\N	f
509c7a37-315c-4051-b4e6-83c3e19b70f7	95fc8308-9d0f-4874-a7ca-8a3191ca2465	6614fb89-e352-453f-bd97-3f78bd376db2	made it yesterday, so good	2025-12-25T18:41:22.770863+00:00	\N	f
43c244c6-c635-4bbd-9d9b-d26bc836b1e8	871d8153-a291-4543-988f-56cd56537081	288b3a76-9082-410a-995a-0219aa9f9acd	gross	2025-12-30T21:04:25.521063+00:00	\N	t
4938b840-66d2-4731-8859-a603a0890d32	9b3c581d-49ac-4f32-ad82-31c5041f161f	ab71d5ea-808c-42a6-a007-87c3564616db	saving this for the weekend	2025-12-30T00:42:19.772969+00:00	\N	f
7e4f097f-9c13-4887-a3de-075fd63abe88	fe7c476c-0d38-4f2f-9320-658167e263f9	22af484d-069a-4142-88e2-1543bef3b489	saving this for the weekend	2026-01-08T13:45:44.173837+00:00	\N	f
1025e787-4426-4cbb-8fee-f1c062316e79	f32d848c-7fb6-4d59-96bb-d2c4df87f573	6adbaa92-58b6-42d1-809d-2dedaa4691fe	recipe please 🙏	2025-12-21T00:19:20.427362+00:00	\N	f
ea82b8c2-3402-4f2b-b2b5-543e236604ba	dcf6f4c3-d275-4d67-a59c-2f86d9ed204b	758b02c3-da33-48f3-9d81-be0d22aa63d7	how long in the oven?	2026-01-07T09:35:33.459831+00:00	\N	f
103d16f8-829a-4fc2-aa71-9f95b5299b76	62039ca8-fae0-4347-8072-989415809ec2	b58cb097-3f1b-40c7-956b-85d3d387f7a2	how long in the oven?	2025-12-31T21:41:23.963949+00:00	\N	f
665adbbf-93ba-4ee4-a4f2-e905fe20b533	f279683f-6ac6-4762-a232-48176d1815f5	57d20ff1-3d92-4e73-815b-b41abd3b89af	my kids loved this	2025-12-29T04:06:35.025760+00:00	2025-12-29T07:54:04.025760+00:00	f
2f058bc8-d623-4c8c-a895-c6e3929c0d5a	e40b9a91-a527-478b-9d43-9100fd420ffa	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	looks delicious!	2025-12-30T19:11:09.168486+00:00	\N	f
a8009030-6f34-4c4e-87ad-8bbdabbfdef6	62039ca8-fae0-4347-8072-989415809ec2	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	I can smell it from here	2025-12-31T12:10:06.789298+00:00	\N	f
59874e1e-c6ca-414c-957a-3c5f0557a4e0	8f3100e3-8d7c-46cd-92ab-1bc994919e70	6614fb89-e352-453f-bd97-3f78bd376db2	10/10	2025-12-28T08:09:37.087876+00:00	\N	f
cf706cf1-b3d6-4966-8c26-a6b9da6a3808	21542b82-a5e3-4389-a21a-82976caf202c	222efa30-1c62-4867-80b3-4fd7576f5adf	looks delicious!	2025-12-19T12:16:49.642230+00:00	\N	f
c0831d81-5ed5-4fd5-bb98-863441401a6a	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	aa99bb50-deda-4935-afba-21fc1444b197	I can smell it from here	2026-01-11T01:33:30.249017+00:00	\N	f
2a019ab1-ceea-4700-90de-9d365741d035	e27fd5a1-61fc-4f86-826b-d59ef29e05ca	212ed146-b018-42b1-8fdc-6899f8793b9b	recipe please 🙏	2025-12-21T13:20:19.388848+00:00	\N	f
0ccdecf5-9711-42ef-a7b7-27098e1643fb	a5595ce1-9412-42c6-90d8-2448b9c46bea	89eb8934-822b-4d3f-926d-0fcd18ee2633	my kids loved this	2026-01-05T01:34:17.896836+00:00	\N	f
2b0b0bdf-fb0a-4a05-b2f3-c267e2961699	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	3836f0da-3b74-462d-a08c-9ff0b3c36574	how long in the oven?	2026-01-10T20:30:20.394852+00:00	\N	f
5cc6172f-f238-4127-ae1d-4c5c6fe533f3	4d04c4b1-eced-4a3b-8507-3cfd9cb4bd93	6614fb89-e352-453f-bd97-3f78bd376db2	10/10	2025-12-20T01:02:22.380294+00:00	2025-12-20T04:53:56.380294+00:00	f
2ac47ab5-a731-484a-a79d-1cb5187b1850	95fc8308-9d0f-4874-a7ca-8a3191ca2465	dcafb3f5-66e2-4fda-baea-d75df03bbc00	made it yesterday, so good	2025-12-26T12:39:06.751239+00:00	\N	f
a46ed762-c0b1-462a-914c-1c4b5a7f5f11	26acf515-7c4a-47f9-84fe-decbae56a6b7	a844b0e1-4ec0-4937-b74b-b349f8333a5a	my kids loved this	2026-01-15T11:29:43.840794+00:00	2026-01-15T11:38:08.840794+00:00	f
2d549573-e257-450c-b06e-110b6854a5eb	f279683f-6ac6-4762-a232-48176d1815f5	a844b0e1-4ec0-4937-b74b-b349f8333a5a	too much cilantro for me	2025-12-29T05:08:41.028509+00:00	\N	f
28d7d6ee-2cae-4337-9cc2-1780911a04ca	ba8b7ad2-116b-44be-a40f-d6026fb1798e	b58cb097-3f1b-40c7-956b-85d3d387f7a2	wow	2025-12-21T13:49:14.254281+00:00	\N	f
7567d64c-1261-4940-b637-409d7f9ca243	6332a712-2b10-4854-9a58-0164e6489997	288b3a76-9082-410a-995a-0219aa9f9acd	looks delicious!	2026-01-09T20:02:14.721075+00:00	\N	f
64e001fb-8571-4e21-a673-d890bdbb1e15	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	a56ee849-50ae-4d08-a82a-9ad7498077c2	my kids loved this	2025-12-17T23:26:54.323194+00:00	\N	f
c775b5c2-6ec3-4468-bb5b-a6022ed019fa	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	b831503a-3f99-43e3-8641-e5278b48f8bb	how long in the oven?	2025-12-23T21:14:47.687311+00:00	\N	f
643c9a3b-3824-4f06-a7e9-28be218dd366	712b0a91-d9f6-4f9a-8743-d3c0c2a9e581	89eb8934-822b-4d3f-926d-0fcd18ee2633	what brand is the pan?	2025-12-28T19:02:50.419779+00:00	\N	f
f981954d-30ee-46ad-b7d2-92be416c76fb	0fe17da6-7a92-4986-88dd-f1d5ace096d6	5bfec3a5-fdf5-4a22-9e53-598c05376359	recipe please 🙏	2025-12-25T22:36:43.402624+00:00	\N	f
699ae755-3eae-42dc-a2b4-35beb62fefd2	6efeed90-4480-44dc-835e-c4e30114ff5a	a46eaed8-da9d-492a-9914-4b38eefb5b37	how long in the oven?	2025-12-18T08:30:27.134374+00:00	\N	f
dddd4123-bfbb-4587-840c-7a38f5a1991a	9092d55e-8593-493d-9139-52ecdd8027ed	212ed146-b018-42b1-8fdc-6899f8793b9b	wow	2026-01-09T18:00:46.813330+00:00	\N	f
cc53cf8a-a10d-4f75-a6ae-452b2171ecac	e40b9a91-a527-478b-9d43-9100fd420ffa	ab71d5ea-808c-42a6-a007-87c3564616db	10/10	2025-12-30T01:14:05.332821+00:00	\N	f
481a0b3d-5f35-4853-be83-eb642f7de099	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	a46eaed8-da9d-492a-9914-4b38eefb5b37	saving this for the weekend	2025-12-20T20:14:28.569360+00:00	\N	f
55d0e879-ab23-4312-89d3-2ab8d5bf7e56	712b0a91-d9f6-4f9a-8743-d3c0c2a9e581	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	looks delicious!	2025-12-28T22:23:43.235351+00:00	\N	f
5e02d9c3-9f85-48b0-a387-bdb2b3868e11	ed3325a9-92a0-456b-a741-d741d82bacbf	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	I can smell it from here	2025-12-17T20:55:58.187632+00:00	\N	f
a2453781-1bc1-412a-9daa-e1acd43e971e	bc3ad4ba-6202-477a-a845-f55a64889214	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	10/10	2025-12-17T13:40:58.636263+00:00	\N	f
e4bd01f0-e1f8-4451-923c-9ad3ae643df8	ad317d6d-c77c-48ef-b38d-0587bca41a5c	dcafb3f5-66e2-4fda-baea-d75df03bbc00	what brand is the pan?	2025-12-25T04:53:00.577489+00:00	\N	f
b6a3b543-c0fe-4625-a047-066e9c77634e	e6802a7d-b35d-409b-8477-a5cd402cc28b	212ed146-b018-42b1-8fdc-6899f8793b9b	10/10	2025-12-22T15:35:24.768710+00:00	\N	f
a30a50ae-ddfd-44c4-99b0-8c7abac64e42	fe7c476c-0d38-4f2f-9320-658167e263f9	758b02c3-da33-48f3-9d81-be0d22aa63d7	saving this for the weekend	2026-01-08T13:45:51.789101+00:00	\N	f
670195a3-3281-4a8e-bc95-7f43ffa93e16	ec986d49-b813-4b5d-bd7a-b278e41e1b62	23c3abb6-10ed-437a-bdf9-46e8987cc294	my kids loved this	2026-01-02T08:20:35.719716+00:00	\N	f
b3711096-4845-4c41-ae5d-7d84c03eedfa	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	what brand is the pan?	2025-12-23T14:01:27.656998+00:00	\N	f
a6d4c7f7-4aeb-4266-bca3-68188b13f6c4	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	3836f0da-3b74-462d-a08c-9ff0b3c36574	my kids loved this	2025-12-23T11:36:56.651346+00:00	\N	f
68567884-c9cb-4fa9-a415-e097058c3fea	a0dc4eae-14a3-45e3-a221-6cf09202abeb	15e8d75b-e028-4fea-b264-9085fc62f9ec	my kids loved this	2026-01-10T03:08:12.409074+00:00	\N	f
37764c28-1434-4b17-817d-64d09c8a9365	691a292c-b07a-4df4-82d3-28a010dad4fa	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	is it spicy?	2025-12-27T19:42:33.410524+00:00	\N	f
c9d36682-f853-4ef2-b0a2-7ade7b93a356	cc84df7f-7956-4c89-8e54-6e9745415d33	57d20ff1-3d92-4e73-815b-b41abd3b89af	looks delicious!	2026-01-11T07:58:56.091336+00:00	2026-01-11T08:02:01.091336+00:00	f
cda0866d-cd69-489a-873a-277c560fcb17	f103aa07-5b28-4d42-8aab-25af5d1b7a0e	758b02c3-da33-48f3-9d81-be0d22aa63d7	saving this for the weekend	2025-12-21T04:04:25.658218+00:00	\N	f
c2996f3b-18b0-4242-8f38-f3397c4bb565	a5595ce1-9412-42c6-90d8-2448b9c46bea	7e3d33a8-23f0-4569-a517-c2e47577a6c3	made it yesterday, so good	2026-01-04T21:01:28.497998+00:00	\N	f
0fc78567-3b02-4dfb-8a55-bf0db9be4f91	529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	81bbf8c3-9c86-4612-a743-85d9d105d74f	looks delicious!	2025-12-25T12:50:42.682804+00:00	\N	f
8e32ad1b-7830-4f2a-bd63-74cf139325a6	d3ac23b1-4b3a-44b7-8883-3352c465bfc3	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	saving this for the weekend	2025-12-27T19:56:49.419573+00:00	\N	f
b5c56f0e-7b04-4fa5-ab93-ef51c38d0d0f	7b33ac17-dab9-4eb1-b91c-66030010c627	a56ee849-50ae-4d08-a82a-9ad7498077c2	saving this for the weekend	2026-01-13T12:21:16.139411+00:00	\N	f
5526791f-127d-4636-81e0-d637f4399a49	b1b9b89f-9317-4820-87d7-cddb5cd664fd	155b0516-1614-4650-8c52-a1a2522931bd	stop posting ads	2025-12-30T07:01:12.744987+00:00	\N	t
59750bc5-c785-4dc5-8653-b74020e8adb3	7ced3601-1e12-48ae-bda4-5cdf010d1e3d	dc1eb305-3351-4ff9-a665-e7e04e984e9d	I can smell it from here	2025-12-21T19:26:10.487381+00:00	\N	f
9ea56d2a-a2e2-4829-bbb9-05cae9e3f5e7	e27fd5a1-61fc-4f86-826b-d59ef29e05ca	969e0449-03b6-4901-9385-938d281b62fc	looks delicious!	2025-12-22T02:32:34.496550+00:00	\N	f
51d77d58-a6af-4461-855d-10813bdb023f	9092d55e-8593-493d-9139-52ecdd8027ed	44605463-6932-42f2-954c-adbe8095cd13	saving this for the weekend	2026-01-09T17:50:02.668209+00:00	\N	f
5c01c316-cc31-4706-b89a-ac3ed8facda1	f32d848c-7fb6-4d59-96bb-d2c4df87f573	155b0516-1614-4650-8c52-a1a2522931bd	how long in the oven?	2025-12-20T21:52:37.965414+00:00	\N	f
3fd3a20d-be1a-4e79-914e-419d8b2def46	6d5cbf54-6327-416b-b47e-e0674ed21719	969e0449-03b6-4901-9385-938d281b62fc	looks delicious!	2025-12-26T20:27:17.710710+00:00	\N	f
90fad453-f55e-4dc4-a914-99c017aecdf0	511b1613-ab6c-4ace-9fce-127752baa1db	222efa30-1c62-4867-80b3-4fd7576f5adf	10/10	2025-12-30T22:44:57.164428+00:00	\N	f
99ba9102-5358-4127-aec5-7e2fba5b2f96	6efeed90-4480-44dc-835e-c4e30114ff5a	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	what brand is the pan?	2025-12-18T13:44:14.441587+00:00	\N	f
94e8038e-20d0-4fcf-90fc-9e3a525ef36f	8d867f7c-59ff-4fa1-9537-606013a29631	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	recipe please 🙏	2026-01-01T12:22:08.467651+00:00	\N	f
46bc3b2f-7641-416d-8361-76b75c1044aa	7585899e-1eb9-48fb-9afa-d35e8c0dceeb	969e0449-03b6-4901-9385-938d281b62fc	saving this for the weekend	2025-12-24T03:49:27.639687+00:00	\N	f
b4f288b3-a08c-42ee-b27d-25dc1dccf2ec	0fe17da6-7a92-4986-88dd-f1d5ace096d6	6614fb89-e352-453f-bd97-3f78bd376db2	I can smell it from here	2025-12-25T22:06:56.733322+00:00	\N	f
fc34e5cc-dbb0-4eea-9524-2e781b8bf56c	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	23c3abb6-10ed-437a-bdf9-46e8987cc294	looks delicious!	2025-12-21T02:50:47.831794+00:00	\N	f
fac0ae07-544a-4aaa-8332-42ac60f9f149	95fc8308-9d0f-4874-a7ca-8a3191ca2465	33ec4f8b-e9dd-4027-9b35-3754f43f7695	what brand is the pan?	2025-12-25T16:33:26.209517+00:00	\N	f
0653fcdf-e4e0-4f9f-8b56-3dae58a18f8e	8f3100e3-8d7c-46cd-92ab-1bc994919e70	969e0449-03b6-4901-9385-938d281b62fc	I can smell it from here	2025-12-28T16:36:43.673347+00:00	\N	f
b1b46d42-07c0-4ef2-a27b-e549a495cc81	0fe17da6-7a92-4986-88dd-f1d5ace096d6	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	is it spicy?	2025-12-26T00:50:16.385109+00:00	2025-12-26T00:53:35.385109+00:00	f
41808894-5793-4008-955e-d40519c7a4f6	9b3c581d-49ac-4f32-ad82-31c5041f161f	212ed146-b018-42b1-8fdc-6899f8793b9b	my kids loved this	2025-12-29T12:55:25.803737+00:00	\N	f
15f0b040-b412-49d0-923a-70a9e03e5d78	9b3c581d-49ac-4f32-ad82-31c5041f161f	0a0ef987-445a-4ab2-a8e2-c840ca99063b	I can smell it from here	2025-12-29T13:34:16.917220+00:00	\N	f
7fdc9592-df98-4238-939d-2515eadbb19f	511b1613-ab6c-4ace-9fce-127752baa1db	33ec4f8b-e9dd-4027-9b35-3754f43f7695	wow	2025-12-30T22:39:37.768154+00:00	\N	f
75073967-2365-485b-9265-9376bf80896b	8ebedb67-6043-47a1-a546-a54fb45c19a3	dc1eb305-3351-4ff9-a665-e7e04e984e9d	wow	2025-12-17T06:08:21.045963+00:00	\N	f
59a3a7c9-ff4c-4326-a6d2-823289fef28a	2d1b07db-85db-4138-bbf6-80ad5e1e14db	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	too much cilantro for me	2025-12-24T20:46:21.703052+00:00	\N	f
f085c0af-807f-436f-97b5-645fe930298d	6ae60843-3253-4b90-ad5c-341e3c67d2e9	3836f0da-3b74-462d-a08c-9ff0b3c36574	saving this for the weekend	2025-12-22T19:56:24.230765+00:00	\N	f
6826ec5d-10c0-462e-b26d-460ccb4e048c	8ee8208f-e6b7-475f-9bfe-45c1fa6ade2c	6c6e779c-848f-48f9-995c-9fc7b9f636f5	how long in the oven?	2025-12-18T11:40:07.634483+00:00	\N	f
215b4b1c-04f0-42b6-93c1-926e7581a063	ae400aff-9bbf-42f5-83e0-5f3bd7917ebc	22af484d-069a-4142-88e2-1543bef3b489	looks delicious!	2025-12-28T10:46:06.547647+00:00	\N	f
e09cbc49-2b94-4971-a0fc-39e32e855c48	4587e281-4c57-43fb-8a11-658d1eca58eb	ab71d5ea-808c-42a6-a007-87c3564616db	saving this for the weekend	2025-12-17T11:28:22.561543+00:00	\N	f
9d555d9d-0e9c-4a3d-a187-a2b860abbcee	e412eb4b-9598-4a83-9859-f273d069306f	89eb8934-822b-4d3f-926d-0fcd18ee2633	made it yesterday, so good	2025-12-30T20:51:58.677604+00:00	\N	f
a911233f-fefb-4b55-a202-5274604c76a3	95fc8308-9d0f-4874-a7ca-8a3191ca2465	ab71d5ea-808c-42a6-a007-87c3564616db	saving this for the weekend	2025-12-26T03:02:11.589349+00:00	\N	f
0d7beb9f-57e7-4655-9e17-8277aac0c926	511b1613-ab6c-4ace-9fce-127752baa1db	7a01fa07-6527-4720-b316-db37f4615fcb	is it spicy?	2025-12-30T22:39:27.837586+00:00	\N	f
81da687d-654e-46c4-a106-34328d5aa821	6efeed90-4480-44dc-835e-c4e30114ff5a	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	too much cilantro for me	2025-12-18T10:21:26.951914+00:00	\N	f
85a92fa5-618a-4992-8973-0819febbc268	2bbce7a7-cf31-46ad-93fc-8e6041111a33	1c48bc2b-86a6-4461-a918-623f938c6901	is it spicy?	2026-01-13T17:57:59.191675+00:00	\N	f
12036be8-f00f-438b-b498-73a9993ee4c9	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	ab71d5ea-808c-42a6-a007-87c3564616db	is it spicy?	2025-12-17T18:20:23.872682+00:00	2025-12-18T07:37:35.872682+00:00	f
5003e85e-7353-4630-8061-8f055f69ce66	32975bf6-aae6-4b27-8672-d5862cb2ca04	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	10/10	2026-01-10T15:29:52.046138+00:00	\N	f
67fab08f-2c5f-4f37-b34d-e535b3bf1a52	6efeed90-4480-44dc-835e-c4e30114ff5a	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	how long in the oven?	2025-12-18T08:38:58.999079+00:00	\N	f
1844cf35-eadc-4647-a491-419fec9a6891	055dfc3a-ea8d-4f3b-927a-041f804adf08	23c3abb6-10ed-437a-bdf9-46e8987cc294	10/10	2026-01-14T02:52:10.403532+00:00	\N	f
2d680e4a-b2c1-4635-ba20-bcfc4915f54e	055dfc3a-ea8d-4f3b-927a-041f804adf08	15e8d75b-e028-4fea-b264-9085fc62f9ec	my kids loved this	2026-01-14T03:11:07.071172+00:00	\N	f
0fa95587-5531-42c5-ab24-9a3acb3e3cae	5bdb2219-1fee-4923-bf23-2d965d07a645	288b3a76-9082-410a-995a-0219aa9f9acd	looks delicious!	2025-12-23T06:06:16.485657+00:00	\N	f
540a1825-2898-4b5d-abb0-6643a84bcae2	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	89eb8934-822b-4d3f-926d-0fcd18ee2633	too much cilantro for me	2026-01-05T15:19:54.624124+00:00	\N	f
0fa95587-5531-42c5-ab24-9a3acb3e3cae	5bdb2219-1fee-4923-bf23-2d965d07a645	288b3a76-9082-410a-995a-0219aa9f9acd	looks delicious!	2025-12-23T06:06:16.485657+00:00	\N	f
9d8db4b1-30c2-4314-9f10-7c443dbd8869	0016c33a-1706-4d84-84c7-3e3b1dc2f183	893ab64c-d061-4fbf-b1b7-791effae0f9b	saving this for the weekend	2025-12-26T00:42:37.163007+00:00	\N	f
811a5dde-6c1b-4b9f-a7a8-f1295ddf3c88	83a32afa-cf13-4de9-aecc-118ae57fc031	1c48bc2b-86a6-4461-a918-623f938c6901	wow	2026-01-10T11:19:49.878474+00:00	\N	f
442d03c0-ab03-463f-9f20-c1ac824cfb8d	511b1613-ab6c-4ace-9fce-127752baa1db	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	is it spicy?	2025-12-30T22:48:20.087861+00:00	\N	f
143b7041-bb19-4b36-965c-9386df9834ec	b368e6ea-2482-4295-855e-0ea5e379873a	b831503a-3f99-43e3-8641-e5278b48f8bb	looks delicious!	2025-12-27T23:30:47.378912+00:00	\N	f
50bab00a-e9e8-40aa-a058-cea5d8b9d39e	4c71acd7-0c8d-444a-bded-3214e643e863	ab71d5ea-808c-42a6-a007-87c3564616db	my kids loved this	2025-12-20T11:44:03.185446+00:00	\N	f
7904e29d-6592-422a-b8ba-b4dc25b31f90	6efeed90-4480-44dc-835e-c4e30114ff5a	b831503a-3f99-43e3-8641-e5278b48f8bb	my kids loved this	2025-12-18T09:50:27.372578+00:00	\N	f
995eeaa9-fa0a-4e54-9ace-e3e529a7f65e	78cd2640-1028-474a-8a75-e1f707d5ce7c	893ab64c-d061-4fbf-b1b7-791effae0f9b	looks delicious!	2026-01-13T05:31:08.680727+00:00	\N	f
7bfd39a9-2046-4c22-b853-bbb13d6450db	9b3c581d-49ac-4f32-ad82-31c5041f161f	0a0ef987-445a-4ab2-a8e2-c840ca99063b	how long in the oven?	2025-12-29T20:36:40.816472+00:00	\N	f
7767e1d0-1026-40f1-aea7-98e8e35cd0f9	95fc8308-9d0f-4874-a7ca-8a3191ca2465	23c3abb6-10ed-437a-bdf9-46e8987cc294	saving this for the weekend	2025-12-25T15:32:42.592629+00:00	\N	f
53ba5d34-2cf6-476c-8f08-cfc6f4b321d0	f406d6ed-3cfc-496d-8c90-8df9d38eb872	6614fb89-e352-453f-bd97-3f78bd376db2	recipe please 🙏	2026-01-14T13:50:01.257071+00:00	\N	f
3913a20f-4409-4eb6-a419-8b36a50681e8	a5595ce1-9412-42c6-90d8-2448b9c46bea	893ab64c-d061-4fbf-b1b7-791effae0f9b	my kids loved this	2026-01-04T21:02:14.979053+00:00	\N	f
6fc56aef-36c0-45d1-91f3-3c3b3566ad9a	e90bbcd7-1701-417f-9d0e-6a8df9bf5798	44605463-6932-42f2-954c-adbe8095cd13	how long in the oven?	2025-12-22T21:19:56.135172+00:00	\N	f
561897b7-bb7a-4bc4-9574-049f8ffebacc	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	9fccdf79-1e9e-47cd-ae61-221782e05ed0	10/10	2026-01-05T11:00:26.942500+00:00	\N	f
7fb7b9a3-a3c8-42a9-806f-c9165e793e09	26acf515-7c4a-47f9-84fe-decbae56a6b7	dc1eb305-3351-4ff9-a665-e7e04e984e9d	what brand is the pan?	2026-01-15T09:56:41.937887+00:00	\N	f
67e9203f-ef82-41a2-a966-96f48363397d	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	d70008c4-07e1-4885-aceb-7592c76e8d6e	looks delicious!	2026-01-05T12:09:57.149321+00:00	\N	f
9fc8b905-0f2f-47a5-a362-47b1d234d9d5	947597ec-75df-48b2-91e2-a5b1079e9169	5bfec3a5-fdf5-4a22-9e53-598c05376359	what brand is the pan?	2025-12-31T13:20:17.549966+00:00	\N	f
3b762e12-00e1-40af-ab20-9ad21487f524	499f0c6e-9298-4c30-8aba-620994e900bb	6614fb89-e352-453f-bd97-3f78bd376db2	I can smell it from here	2025-12-26T23:44:36.858639+00:00	\N	f
aaec7cf4-cd4d-41b4-ade7-74608f7cc7f2	cf49d961-d3e6-4e74-8666-78bea13aef35	33ec4f8b-e9dd-4027-9b35-3754f43f7695	made it yesterday, so good	2025-12-18T04:48:35.953047+00:00	\N	f
79021e47-9f5c-4ace-b937-f66e62c77e34	7b33ac17-dab9-4eb1-b91c-66030010c627	6c6e779c-848f-48f9-995c-9fc7b9f636f5	I can smell it from here	2026-01-13T08:53:04.241870+00:00	\N	f
a7feb0ff-475f-4869-a0d3-b65908a0ede8	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	23c3abb6-10ed-437a-bdf9-46e8987cc294	what brand is the pan?	2025-12-21T14:58:27.435941+00:00	\N	f
9ffa07ef-6f7a-4283-bc2c-ed311ea27b21	511b1613-ab6c-4ace-9fce-127752baa1db	155b0516-1614-4650-8c52-a1a2522931bd	saving this for the weekend	2025-12-31T11:51:08.985463+00:00	\N	f
748deee9-d51a-4580-bda2-4e2cc126ce66	9b3c581d-49ac-4f32-ad82-31c5041f161f	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	10/10	2025-12-30T14:54:24.496354+00:00	\N	f
0b2cf0bf-de68-43b9-b483-a57ce1b54573	74ad810b-86b9-4fc6-80c1-0c25266a60d8	f988867b-08bd-419c-9fbe-892f7adcbeaf	what brand is the pan?	2026-01-09T22:11:34.310737+00:00	\N	f
fd9391a3-0261-4a1c-bc48-f2d2ed77b2d8	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	what brand is the pan?	2025-12-17T18:26:14.683065+00:00	2025-12-18T18:19:44.683065+00:00	f
bcdfec56-f095-43f2-a289-b790367186e0	d351a7bb-15f0-47fd-be33-6f2a24f23810	155b0516-1614-4650-8c52-a1a2522931bd	is it spicy?	2026-01-10T10:49:46.997815+00:00	\N	f
48fec91a-15a2-4842-8bb6-2182e2ae758a	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	recipe please 🙏	2025-12-20T21:36:50.895922+00:00	\N	f
ba87e202-5645-469d-a934-0c3c34d7198a	62039ca8-fae0-4347-8072-989415809ec2	f988867b-08bd-419c-9fbe-892f7adcbeaf	10/10	2025-12-31T12:07:42.825014+00:00	\N	f
b0729f9d-b1c8-4510-8cb2-5ca555c60a1e	4c71acd7-0c8d-444a-bded-3214e643e863	969e0449-03b6-4901-9385-938d281b62fc	made it yesterday, so good	2025-12-19T18:35:22.825491+00:00	\N	f
18b2af33-548c-4884-83f3-efee7cdf45f0	8f3100e3-8d7c-46cd-92ab-1bc994919e70	15e8d75b-e028-4fea-b264-9085fc62f9ec	10/10	2025-12-28T09:15:53.290748+00:00	\N	f
ba3c9952-a18e-48ea-b52b-bbadef9189b0	ba8b7ad2-116b-44be-a40f-d6026fb1798e	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	10/10	2025-12-21T08:53:08.283059+00:00	\N	f
316d8b0b-c59a-4dc9-962e-226cb05e33e6	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	1c48bc2b-86a6-4461-a918-623f938c6901	too much cilantro for me	2025-12-23T14:10:14.463985+00:00	\N	f
ba3c9952-a18e-48ea-b52b-bbadef9189b0	ba8b7ad2-116b-44be-a40f-d6026fb1798e	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	10/10	2025-12-21T08:53:08.283059+00:00	\N	f
07c71d84-0a69-4c9c-aeb6-49cdb8d0d801	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	made it yesterday, so good	2025-12-17T21:36:12.989947+00:00	\N	f
7b3f601f-263a-4307-b91a-15766b691d3e	4a52f889-3167-4d82-acd5-efdd48d480ec	aa99bb50-deda-4935-afba-21fc1444b197	how long in the oven?	2026-01-12T21:23:54.395222+00:00	\N	f
0862658d-290a-4b5f-bee7-961917f4c368	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	1c48bc2b-86a6-4461-a918-623f938c6901	my kids loved this	2025-12-19T14:35:41.967788+00:00	\N	f
cdb18e6a-812a-4d25-88c9-b677fbf0ceea	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	21b8cc5b-726b-4a4a-8aef-309b96755612	made it yesterday, so good	2025-12-19T13:35:33.989877+00:00	\N	f
45bc79e0-7f62-46f2-aae4-512fedc081f8	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	1c48bc2b-86a6-4461-a918-623f938c6901	stop posting ads	2025-12-30T12:40:01.803474+00:00	\N	f
ad6ee194-2e4a-490c-9968-665165899f9e	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	89eb8934-822b-4d3f-926d-0fcd18ee2633	wow	2025-12-17T18:57:36.869600+00:00	2025-12-18T19:05:00.869600+00:00	f
cd3c1050-49cc-46dc-a22b-31a88d3ad055	6ae60843-3253-4b90-ad5c-341e3c67d2e9	b831503a-3f99-43e3-8641-e5278b48f8bb	is it spicy?	2025-12-23T01:15:58.511250+00:00	\N	f
04e5080f-127e-4440-9b02-541b3a8908b1	2bbce7a7-cf31-46ad-93fc-8e6041111a33	7a01fa07-6527-4720-b316-db37f4615fcb	what brand is the pan?	2026-01-13T18:11:23.351818+00:00	\N	f
e2b08a6a-87d3-470c-a0ea-1405a1145966	95fc8308-9d0f-4874-a7ca-8a3191ca2465	0a0ef987-445a-4ab2-a8e2-c840ca99063b	10/10	2025-12-25T17:09:34.739586+00:00	\N	f
bbe540a7-fca0-4988-92e5-b42526ae6e40	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	1c48bc2b-86a6-4461-a918-623f938c6901	10/10	2025-12-19T18:01:52.834707+00:00	\N	f
e6cce3bc-77f6-47d9-9fff-80a921fc9a50	691a292c-b07a-4df4-82d3-28a010dad4fa	6adbaa92-58b6-42d1-809d-2dedaa4691fe	is it spicy?	2025-12-27T18:07:40.062573+00:00	\N	f
a0f6d246-276a-4cdf-8832-3508f831ddfe	9b3c581d-49ac-4f32-ad82-31c5041f161f	212ed146-b018-42b1-8fdc-6899f8793b9b	how long in the oven?	2025-12-30T01:30:04.693947+00:00	\N	f
039fe949-ec4d-4b0e-90ce-570e9e80dbd2	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	6adbaa92-58b6-42d1-809d-2dedaa4691fe	wow	2025-12-21T14:12:59.788154+00:00	\N	f
e8de2f07-a15c-4c4e-bb70-dac62190a8b1	bc3ad4ba-6202-477a-a845-f55a64889214	b831503a-3f99-43e3-8641-e5278b48f8bb	looks delicious!	2025-12-17T09:00:13.331873+00:00	\N	f
49f3a174-717a-4aa6-be5b-71a9e29dfbc2	f279683f-6ac6-4762-a232-48176d1815f5	aa99bb50-deda-4935-afba-21fc1444b197	saving this for the weekend	2025-12-29T00:40:30.048326+00:00	\N	f
d2b809b4-c65e-4135-9eaf-e4a6957b9a0f	10241516-6bf0-4bdf-9296-140acc01811c	dc1eb305-3351-4ff9-a665-e7e04e984e9d	stop posting ads	2026-01-10T01:31:36.278177+00:00	\N	f
96cf75bd-45e8-42ba-9dc0-b4c70b36d29c	72aced6b-e9cd-4698-a81a-c40d3b7bd20d	0a0ef987-445a-4ab2-a8e2-c840ca99063b	made it yesterday, so good	2026-01-14T00:03:09.419801+00:00	\N	f
2d649967-a508-4bef-b366-48f66c0bf424	26acf515-7c4a-47f9-84fe-decbae56a6b7	b831503a-3f99-43e3-8641-e5278b48f8bb	my kids loved this	2026-01-15T09:57:56.396850+00:00	\N	f
d8bf57bd-2ce0-4d1d-9c7c-5042325e9d44	9b3c581d-49ac-4f32-ad82-31c5041f161f	893ab64c-d061-4fbf-b1b7-791effae0f9b	recipe please 🙏	2025-12-30T00:59:48.304737+00:00	\N	f
9d8cbecd-5493-42d5-afce-b8ac25019766	499f0c6e-9298-4c30-8aba-620994e900bb	155b0516-1614-4650-8c52-a1a2522931bd	looks delicious!	2025-12-27T00:05:26.525718+00:00	2025-12-27T01:04:27.525718+00:00	f
0d915074-bb28-42f8-8070-c917345637b5	b368e6ea-2482-4295-855e-0ea5e379873a	9fccdf79-1e9e-47cd-ae61-221782e05ed0	how long in the oven?	2025-12-27T20:06:33.160885+00:00	\N	f
7a82fbfd-1d71-4aaa-bf23-efcb5cdd8bbc	8f3100e3-8d7c-46cd-92ab-1bc994919e70	5bfec3a5-fdf5-4a22-9e53-598c05376359	is it spicy?	2025-12-28T07:55:14.159544+00:00	\N	f
6ac84036-6c30-4aac-a231-8331ba506c85	8f3100e3-8d7c-46cd-92ab-1bc994919e70	85b80acc-f7b2-4e54-80c5-f3d8ab594d65	how long in the oven?	2025-12-28T08:45:42.823999+00:00	\N	f
43c244c6-c635-4bbd-9d9b-d26bc836b1e8	871d8153-a291-4543-988f-56cd56537081	288b3a76-9082-410a-995a-0219aa9f9acd	gross	2025-12-30T21:04:25.521063+00:00	\N	t
3b7416e2-ae95-4db4-ac16-2e841cbb3fc0	2bbce7a7-cf31-46ad-93fc-8e6041111a33	23c3abb6-10ed-437a-bdf9-46e8987cc294	too much cilantro for me	2026-01-13T20:39:08.349535+00:00	\N	f
ca7ee353-1031-40e6-ae33-d200965c0f7c	62039ca8-fae0-4347-8072-989415809ec2	81bbf8c3-9c86-4612-a743-85d9d105d74f	what brand is the pan?	2025-12-31T12:10:03.321949+00:00	\N	f
c84d74e6-b7c9-48ae-a45a-cdb09561175e	95fc8308-9d0f-4874-a7ca-8a3191ca2465	81bbf8c3-9c86-4612-a743-85d9d105d74f	looks delicious!	2025-12-25T14:56:17.666548+00:00	\N	f
a95fc7eb-c9ea-46a3-8bee-4ccdde05e1d9	e40b9a91-a527-478b-9d43-9100fd420ffa	22af484d-069a-4142-88e2-1543bef3b489	my kids loved this	2025-12-30T05:57:29.467604+00:00	\N	f
72a77587-0dee-4866-84e2-e8e09366eca1	79541ded-0bf8-4e7f-9609-05c3a2a1fcb7	758b02c3-da33-48f3-9d81-be0d22aa63d7	too much cilantro for me	2025-12-18T08:41:23.102542+00:00	\N	f
62e1e85c-e66a-4fc4-a812-3aab380611aa	e412eb4b-9598-4a83-9859-f273d069306f	6adbaa92-58b6-42d1-809d-2dedaa4691fe	how long in the oven?	2025-12-30T21:13:20.081939+00:00	\N	f
3b1ee29b-2ef6-498f-aa0b-709e44578360	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	57d20ff1-3d92-4e73-815b-b41abd3b89af	looks delicious!	2025-12-20T00:28:41.165071+00:00	\N	f
bea926e2-975f-49e7-9731-2355f692d238	f406d6ed-3cfc-496d-8c90-8df9d38eb872	7e3d33a8-23f0-4569-a517-c2e47577a6c3	10/10	2026-01-14T03:27:45.857055+00:00	\N	f
ef762399-f7c7-44c2-919c-6817e3a5031f	2d1b07db-85db-4138-bbf6-80ad5e1e14db	81bbf8c3-9c86-4612-a743-85d9d105d74f	how long in the oven?	2025-12-25T03:52:52.998477+00:00	\N	f
d32dcc22-9bd3-4b67-8350-5cb03d002da3	dcf6f4c3-d275-4d67-a59c-2f86d9ed204b	23c3abb6-10ed-437a-bdf9-46e8987cc294	how long in the oven?	2026-01-07T10:32:11.355176+00:00	\N	f
9952b097-c2ec-40b5-a438-3c8aa1718c07	c1e00e74-ef25-47f4-81c1-ee0f2a8419ee	7e3d33a8-23f0-4569-a517-c2e47577a6c3	I can smell it from here	2026-01-04T21:08:43.985313+00:00	2026-01-05T20:44:35.985313+00:00	f
2ad6f5ee-18d3-41c3-b28d-e446e50368a3	fe7c476c-0d38-4f2f-9320-658167e263f9	6614fb89-e352-453f-bd97-3f78bd376db2	I can smell it from here	2026-01-09T00:27:53.995555+00:00	\N	f
97e9bc4a-d9d2-47a9-9e1e-4981c3089043	e90bbcd7-1701-417f-9d0e-6a8df9bf5798	d70008c4-07e1-4885-aceb-7592c76e8d6e	saving this for the weekend	2025-12-22T13:04:53.326866+00:00	\N	f
b1e45eb4-81f4-4cc1-be14-9de6c598f72e	4643dc6a-6b05-4129-828a-2bf2b3bf0976	1c48bc2b-86a6-4461-a918-623f938c6901	looks delicious!	2026-01-04T21:22:40.607637+00:00	\N	f
d25e3147-5df1-42d1-ad61-467b3b781e22	6332a712-2b10-4854-9a58-0164e6489997	155b0516-1614-4650-8c52-a1a2522931bd	how is this even food	2026-01-09T21:10:55.246647+00:00	2026-01-09T21:23:46.246647+00:00	f
16f2f76d-63a8-44f4-9274-517c0b054a1e	2bbce7a7-cf31-46ad-93fc-8e6041111a33	f988867b-08bd-419c-9fbe-892f7adcbeaf	how long in the oven?	2026-01-13T18:00:48.699103+00:00	\N	f
28d7d6ee-2cae-4337-9cc2-1780911a04ca	ba8b7ad2-116b-44be-a40f-d6026fb1798e	b58cb097-3f1b-40c7-956b-85d3d387f7a2	wow	2025-12-21T13:49:14.254281+00:00	\N	f
22778f92-c032-4764-bc87-e327d604083d	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	dcafb3f5-66e2-4fda-baea-d75df03bbc00	looks delicious!	2026-01-05T18:13:29.651818+00:00	\N	f
bcdca148-fda6-4a05-a3c9-d5d8aeebb571	ba8b7ad2-116b-44be-a40f-d6026fb1798e	1b7a6b10-0905-4af5-8119-eb58712a2408	10/10	2025-12-21T10:10:25.520053+00:00	\N	f
c9deb180-7158-4803-b396-95f2d346dd41	75e9a14c-0d5b-4543-b404-cd5de1af0e64	6614fb89-e352-453f-bd97-3f78bd376db2	10/10	2026-01-14T10:50:01.864282+00:00	\N	f
a4c101a8-5dc5-49cf-ae9e-6d7eedfbb905	d870edde-d5bd-4352-a285-22a73d4ae255	1b7a6b10-0905-4af5-8119-eb58712a2408	my kids loved this	2026-01-14T17:18:35.064819+00:00	\N	f
d6403cea-2e7a-47a0-9717-7f9498b5198b	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	made it yesterday, so good	2025-12-21T00:18:28.070090+00:00	\N	f
24377e6e-dbc8-411e-ad77-64de27eee518	511b1613-ab6c-4ace-9fce-127752baa1db	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	looks delicious!	2025-12-31T14:34:28.119347+00:00	\N	f
acd3b20a-5620-4c33-b668-1f7cf4875bbe	ad317d6d-c77c-48ef-b38d-0587bca41a5c	23c3abb6-10ed-437a-bdf9-46e8987cc294	my kids loved this	2025-12-25T05:36:12.657587+00:00	\N	f
36c85001-786a-442a-ad67-104bf96fd9b9	21542b82-a5e3-4389-a21a-82976caf202c	3836f0da-3b74-462d-a08c-9ff0b3c36574	how long in the oven?	2025-12-19T19:37:56.145411+00:00	\N	f
649a9a6c-d774-428e-90fe-6e1d768d6a76	8ebedb67-6043-47a1-a546-a54fb45c19a3	57d20ff1-3d92-4e73-815b-b41abd3b89af	my kids loved this	2025-12-17T08:59:27.010042+00:00	\N	f
363971e0-5708-4e0c-89f5-c0d75976c5cc	4a52f889-3167-4d82-acd5-efdd48d480ec	b58cb097-3f1b-40c7-956b-85d3d387f7a2	10/10	2026-01-13T03:53:47.967599+00:00	\N	f
fd90fd6c-7a84-4e02-a599-cd053758d8e7	32975bf6-aae6-4b27-8672-d5862cb2ca04	dcafb3f5-66e2-4fda-baea-d75df03bbc00	made it yesterday, so good	2026-01-10T15:25:17.416210+00:00	\N	f
fafe9e14-d3ea-4bc8-91e5-406186cdcd68	0759d029-47e2-46bc-ae01-654da9632b43	969e0449-03b6-4901-9385-938d281b62fc	saving this for the weekend	2026-01-14T08:49:51.978913+00:00	\N	f
3b3980b9-d89b-41c6-9c4d-8395ae9783ce	26acf515-7c4a-47f9-84fe-decbae56a6b7	d70008c4-07e1-4885-aceb-7592c76e8d6e	my kids loved this	2026-01-15T11:15:42.285799+00:00	\N	f
a5908805-20c9-45d1-abb2-b9c0b899e19a	8ee8208f-e6b7-475f-9bfe-45c1fa6ade2c	b58cb097-3f1b-40c7-956b-85d3d387f7a2	recipe please 🙏	2025-12-18T11:45:05.196737+00:00	\N	f
e31ccc1f-339a-4b22-a5f3-5af335c033d5	6efeed90-4480-44dc-835e-c4e30114ff5a	81bbf8c3-9c86-4612-a743-85d9d105d74f	is it spicy?	2025-12-18T09:13:01.234364+00:00	\N	f
0be1e198-22db-493d-b937-3251d44e2f0e	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	44605463-6932-42f2-954c-adbe8095cd13	my kids loved this	2025-12-21T13:36:57.754934+00:00	\N	f
5afad767-726a-46b3-88f7-ec4e38471aa0	b44ecd65-661f-4987-88d0-a15343157854	893ab64c-d061-4fbf-b1b7-791effae0f9b	gross	2026-01-06T10:22:31.723450+00:00	\N	f
b19c3bd9-5c0d-4ae7-8fef-9f0d27ee83a4	95fc8308-9d0f-4874-a7ca-8a3191ca2465	23c3abb6-10ed-437a-bdf9-46e8987cc294	what brand is the pan?	2025-12-25T17:18:40.021285+00:00	\N	f
3130db4e-c8c2-44cf-af35-f71e4d883583	266ab386-1bf5-497f-a98f-00b6e9067a53	758b02c3-da33-48f3-9d81-be0d22aa63d7	10/10	2026-01-03T23:15:25.933898+00:00	\N	f
078b8933-2c30-4c90-8bc7-933efddb5560	6efeed90-4480-44dc-835e-c4e30114ff5a	5bfec3a5-fdf5-4a22-9e53-598c05376359	how long in the oven?	2025-12-18T10:20:06.485125+00:00	\N	f
1fc40579-7299-43aa-a893-5814bc0a6f95	055dfc3a-ea8d-4f3b-927a-041f804adf08	dc8b604b-4c55-4cb6-a012-a09d4edea6f6	wow	2026-01-14T03:28:09.691161+00:00	\N	f
80a26a39-8600-4865-96ca-adf03e25635e	b44ecd65-661f-4987-88d0-a15343157854	7e3d33a8-23f0-4569-a517-c2e47577a6c3	too much cilantro for me	2026-01-06T10:21:12.784241+00:00	\N	f
8195189c-e092-4d06-9e47-705d90128ce6	f406d6ed-3cfc-496d-8c90-8df9d38eb872	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	looks delicious!	2026-01-13T21:41:55.051261+00:00	2026-01-13T21:43:21.051261+00:00	f
974b02f9-8fe4-4bc8-9dbf-d96450089f23	d351a7bb-15f0-47fd-be33-6f2a24f23810	222efa30-1c62-4867-80b3-4fd7576f5adf	my kids loved this	2026-01-10T10:38:49.438147+00:00	\N	f
9ea56d2a-a2e2-4829-bbb9-05cae9e3f5e7	e27fd5a1-61fc-4f86-826b-d59ef29e05ca	969e0449-03b6-4901-9385-938d281b62fc	looks delicious!	2025-12-22T02:32:34.496550+00:00	\N	f
3b082ab1-48a6-4881-b385-6fb76d47bb9b	fe7c476c-0d38-4f2f-9320-658167e263f9	222efa30-1c62-4867-80b3-4fd7576f5adf	too much cilantro for me	2026-01-08T21:35:26.954482+00:00	\N	f
103896aa-ef4a-4307-a2a2-f4f0f54ddb6b	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	5bfec3a5-fdf5-4a22-9e53-598c05376359	looks delicious!	2026-01-10T19:48:25.196076+00:00	\N	f
158ffe80-7232-43d1-9e2f-850a90b7968f	9e424d82-81c8-4e1b-a2d9-7b4028fe08e7	33ec4f8b-e9dd-4027-9b35-3754f43f7695	too much cilantro for me	2025-12-19T12:38:29.899893+00:00	\N	f
e3500b8b-235b-4eed-873b-ad113da570d1	83a32afa-cf13-4de9-aecc-118ae57fc031	33ec4f8b-e9dd-4027-9b35-3754f43f7695	10/10	2026-01-10T11:38:20.959587+00:00	\N	f
9c0608e6-a8bf-4ca3-8daf-ce7e24f8670f	f279683f-6ac6-4762-a232-48176d1815f5	57d20ff1-3d92-4e73-815b-b41abd3b89af	saving this for the weekend	2025-12-28T23:16:30.324992+00:00	\N	f
ab12800d-ecaa-4a34-acf0-9c6faec0df6f	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	ab71d5ea-808c-42a6-a007-87c3564616db	10/10	2025-12-30T01:39:57.850729+00:00	\N	f
041c5109-99a4-4443-97c9-42d0af337c6a	6efeed90-4480-44dc-835e-c4e30114ff5a	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	saving this for the weekend	2025-12-18T08:26:59.137778+00:00	\N	f
a67b8681-d7e5-406b-9ed6-23ee1ba70f0b	6efeed90-4480-44dc-835e-c4e30114ff5a	3836f0da-3b74-462d-a08c-9ff0b3c36574	too much cilantro for me	2025-12-18T11:31:08.344702+00:00	\N	f
08ea9a17-f431-4ee7-95a2-0634aa9ebc8e	d3ac23b1-4b3a-44b7-8883-3352c465bfc3	16d42f4f-04cb-4e7f-b539-e80644eaaf0d	made it yesterday, so good	2025-12-27T22:17:13.773634+00:00	\N	f
7a427523-2c5a-4cde-a2ee-b6fc3a3ea496	511b1613-ab6c-4ace-9fce-127752baa1db	5bfec3a5-fdf5-4a22-9e53-598c05376359	saving this for the weekend	2025-12-30T23:45:47.921271+00:00	2025-12-30T23:48:44.921271+00:00	f
ca472a7f-87fc-4889-b386-8405133b7981	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	15e8d75b-e028-4fea-b264-9085fc62f9ec	my kids loved this	2025-12-17T19:38:38.343093+00:00	\N	f
0ccdecf5-9711-42ef-a7b7-27098e1643fb	a5595ce1-9412-42c6-90d8-2448b9c46bea	89eb8934-822b-4d3f-926d-0fcd18ee2633	my kids loved this	2026-01-05T01:34:17.896836+00:00	\N	f
a2247acd-4a5f-485b-9c6e-e21cc693f038	26acf515-7c4a-47f9-84fe-decbae56a6b7	15e8d75b-e028-4fea-b264-9085fc62f9ec	how long in the oven?	2026-01-15T11:33:39.042268+00:00	\N	f
17c940b7-4f21-4a3e-bfea-13853e981546	2d1b07db-85db-4138-bbf6-80ad5e1e14db	7e3d33a8-23f0-4569-a517-c2e47577a6c3	made it yesterday, so good	2025-12-24T13:32:39.822224+00:00	\N	f
2d0ca33f-a03c-4d7f-8dd4-cef9f2303dd7	a398812a-94be-40d1-bc1f-de76f76520d8	89eb8934-822b-4d3f-926d-0fcd18ee2633	is it spicy?	2026-01-05T13:00:06.336373+00:00	\N	f
\.
CREATE TABLE public."flags" ("id" uuid, "user_id" uuid, "image_id" uuid, "comment_id" uuid, "reason" text, "created_at" timestamptz, "review_status" text);
COPY public."flags" FROM STDIN;
85755f60-53af-4108-851f-38c89d240a15	ab71d5ea-808c-42a6-a007-87c3564616db	ddbbd355-c6ba-40a7-8fc4-3c813039a858	\N	spam	2026-01-06T19:30:31.552088+00:00	pending
4529732f-354d-4003-87ad-64596fc97c25	969e0449-03b6-4901-9385-938d281b62fc	b1b9b89f-9317-4820-87d7-cddb5cd664fd	\N	stolen photo	2025-12-30T07:00:54.847729+00:00	confirmed
6035a629-688d-498b-943e-04fdf6c532bc	969e0449-03b6-4901-9385-938d281b62fc	529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	\N	spam	2025-12-25T12:38:53.109623+00:00	confirmed
31f0f194-88d6-4217-bc03-a02edf1c8d6f	893ab64c-d061-4fbf-b1b7-791effae0f9b	79fcac43-d86c-4c76-bf43-14a72a196c21	\N	spam	2026-01-12T14:33:22.514887+00:00	confirmed
95eb6390-9f17-4a20-b5da-1d92ddddaa2e	893ab64c-d061-4fbf-b1b7-791effae0f9b	a41cd8be-7da4-43dc-b546-ac8a8d8da810	\N	spam	2025-12-20T16:56:10.878238+00:00	confirmed
2364d2df-d5a9-48ad-93eb-77b9ac7a9116	b831503a-3f99-43e3-8641-e5278b48f8bb	\N	a0f6d246-276a-4cdf-8832-3508f831ddfe	spam	2025-12-30T01:37:04.693947+00:00	confirmed
54523313-1f80-4510-8510-e37c21b7a63f	7e3d33a8-23f0-4569-a517-c2e47577a6c3	6332a712-2b10-4854-9a58-0164e6489997	\N	offensive caption	2026-01-09T19:47:51.955741+00:00	pending
f546a024-c81b-43c0-bc77-3bdbeaf0d544	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	\N	5e02d9c3-9f85-48b0-a387-bdb2b3868e11	offensive caption	2025-12-17T21:02:58.187632+00:00	confirmed
76da81ed-8abd-4bbe-88cb-00e351625abb	81bbf8c3-9c86-4612-a743-85d9d105d74f	\N	3b082ab1-48a6-4881-b385-6fb76d47bb9b	spam	2026-01-08T21:42:26.954482+00:00	rejected
63dfe1ff-69f0-465c-a846-43da93bfb57c	3836f0da-3b74-462d-a08c-9ff0b3c36574	529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	\N	not food	2025-12-25T12:49:57.374477+00:00	confirmed
e5662676-e980-4eac-8967-0ed44509fdaf	222efa30-1c62-4867-80b3-4fd7576f5adf	ec986d49-b813-4b5d-bd7a-b278e41e1b62	\N	misleading	2026-01-04T02:04:00.380166+00:00	pending
1452f1d2-a199-430c-9ba0-6f5eb47e460e	a56ee849-50ae-4d08-a82a-9ad7498077c2	871d8153-a291-4543-988f-56cd56537081	\N	spam	2025-12-30T19:44:36.164140+00:00	pending
072bb20e-8372-44b0-b0e6-19bdef8d518b	6614fb89-e352-453f-bd97-3f78bd376db2	a5595ce1-9412-42c6-90d8-2448b9c46bea	\N	misleading	2026-01-04T20:57:49.762428+00:00	confirmed
b7771be7-3040-4f36-998a-6f5241f877ee	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	ddbbd355-c6ba-40a7-8fc4-3c813039a858	\N	offensive caption	2026-01-06T20:06:36.334127+00:00	confirmed
f570bf08-931c-45d8-be93-32b874981128	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	\N	stolen photo	2025-12-26T04:01:09.401285+00:00	confirmed
144b4973-a21e-4f2f-8121-bf04e976aae6	6c6e779c-848f-48f9-995c-9fc7b9f636f5	79541ded-0bf8-4e7f-9609-05c3a2a1fcb7	\N	misleading	2025-12-18T09:04:28.259274+00:00	pending
f6526f43-e3c2-43ef-8d16-f2f82943b3d7	15e8d75b-e028-4fea-b264-9085fc62f9ec	e27fd5a1-61fc-4f86-826b-d59ef29e05ca	\N	spam	2025-12-21T19:12:33.196926+00:00	confirmed
be25b775-6fea-4e5b-8cc3-8b88131c4fd4	b831503a-3f99-43e3-8641-e5278b48f8bb	a41cd8be-7da4-43dc-b546-ac8a8d8da810	\N	not food	2025-12-20T16:55:53.094180+00:00	confirmed
ca825fea-6ee1-4d66-9a44-9b47f21b7589	3836f0da-3b74-462d-a08c-9ff0b3c36574	871d8153-a291-4543-988f-56cd56537081	\N	misleading	2025-12-30T19:43:21.004733+00:00	rejected
0792063a-18d7-4782-a573-766741226423	33ec4f8b-e9dd-4027-9b35-3754f43f7695	\N	2fb924fe-3605-4227-a133-aa596c199f90	not food	2025-12-18T21:11:25.825998+00:00	confirmed
2f28fa62-c2f1-4aea-a465-079ff908fc48	5bfec3a5-fdf5-4a22-9e53-598c05376359	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	\N	not food	2025-12-29T17:25:22.447566+00:00	confirmed
1c2b1196-2043-4850-839c-3d1e5f206d2f	212ed146-b018-42b1-8fdc-6899f8793b9b	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	\N	spam	2025-12-29T17:36:34.476362+00:00	confirmed
6243ca4b-aeb4-45f0-8318-e778615e7824	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	96056020-7c81-4576-b92a-97ad0bea7db3	\N	stolen photo	2026-01-11T00:00:00+00:00	rejected
f438ed71-f98d-47e7-8151-db4a6fc3ec6b	969e0449-03b6-4901-9385-938d281b62fc	\N	50bab00a-e9e8-40aa-a058-cea5d8b9d39e	misleading	2025-12-20T11:51:03.185446+00:00	rejected
f89a794f-9adb-413b-aac5-e9a13743292f	8e85e4e7-1a5f-4edd-b7e4-b6c2c558ea2c	fffd777e-14fa-4211-8870-5988ebd14adf	\N	misleading	2025-12-31T12:08:24.326842+00:00	confirmed
ebd37083-b8ff-4be2-8c05-0bdf1fa7b672	a844b0e1-4ec0-4937-b74b-b349f8333a5a	79fcac43-d86c-4c76-bf43-14a72a196c21	\N	spam	2026-01-12T14:45:07.186482+00:00	confirmed
bda9d8cf-2d5c-4100-83ae-1c77d9d62623	aa99bb50-deda-4935-afba-21fc1444b197	6ae60843-3253-4b90-ad5c-341e3c67d2e9	\N	spam	2025-12-22T20:03:27.614046+00:00	confirmed
95d79b90-31bc-4c22-8b03-50e03fe6c382	288b3a76-9082-410a-995a-0219aa9f9acd	\N	f981954d-30ee-46ad-b7d2-92be416c76fb	offensive caption	2025-12-25T22:43:43.402624+00:00	confirmed
539e8cb3-f9ba-4a75-b59c-d48ecd1e3d12	a46eaed8-da9d-492a-9914-4b38eefb5b37	a2d75d11-29cf-4c5d-88cc-0bb569800cc6	\N	misleading	2026-01-15T02:00:00+00:00	pending
4a5bb7ac-33cc-491b-b181-75d03f47e24d	22af484d-069a-4142-88e2-1543bef3b489	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	\N	not food	2025-12-21T21:00:28.976747+00:00	confirmed
f546a024-c81b-43c0-bc77-3bdbeaf0d544	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	\N	5e02d9c3-9f85-48b0-a387-bdb2b3868e11	offensive caption	2025-12-17T21:02:58.187632+00:00	confirmed
472b5511-c286-478d-b284-be320556fa04	222efa30-1c62-4867-80b3-4fd7576f5adf	32975bf6-aae6-4b27-8672-d5862cb2ca04	\N	misleading	2026-01-12T01:18:17.846948+00:00	rejected
df04c9be-d951-4892-8374-6224dde7b86f	81bbf8c3-9c86-4612-a743-85d9d105d74f	a41cd8be-7da4-43dc-b546-ac8a8d8da810	\N	offensive caption	2025-12-20T17:13:03.228983+00:00	rejected
062aef80-7827-4b3b-b211-505808229295	7e3d33a8-23f0-4569-a517-c2e47577a6c3	b44ecd65-661f-4987-88d0-a15343157854	\N	offensive caption	2026-01-06T09:48:07.065392+00:00	rejected
30ed9660-7c17-4370-93da-5e4e20a7a0eb	15e8d75b-e028-4fea-b264-9085fc62f9ec	10241516-6bf0-4bdf-9296-140acc01811c	\N	not food	2026-01-10T10:09:40.478286+00:00	confirmed
03a88266-cdb6-4f0b-8324-1e114ef6bbdb	89eb8934-822b-4d3f-926d-0fcd18ee2633	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	\N	stolen photo	2025-12-30T03:45:34.764332+00:00	rejected
df04c9be-d951-4892-8374-6224dde7b86f	81bbf8c3-9c86-4612-a743-85d9d105d74f	a41cd8be-7da4-43dc-b546-ac8a8d8da810	\N	offensive caption	2025-12-20T17:13:03.228983+00:00	rejected
4529732f-354d-4003-87ad-64596fc97c25	969e0449-03b6-4901-9385-938d281b62fc	b1b9b89f-9317-4820-87d7-cddb5cd664fd	\N	stolen photo	2025-12-30T07:00:54.847729+00:00	confirmed
f467e0b7-5c30-4bd9-a3e0-22ab5e52dde4	e0a79655-419d-4ad6-a31a-8e5b33d0d06d	ffe65847-fc43-413d-8c21-dcbb0ca16881	\N	stolen photo	2026-01-12T00:00:00+00:00	confirmed
cea5a7da-8f09-4393-9c47-57c2961d4c23	189f9591-aaf8-4423-a34c-74c6597735bf	647a165c-37ef-4551-b304-f88ed437ae28	\N	offensive caption	2026-01-13T00:00:00+00:00	confirmed
2d9cbb84-7576-41bf-851b-e601fb85d2e9	155b0516-1614-4650-8c52-a1a2522931bd	74ad810b-86b9-4fc6-80c1-0c25266a60d8	\N	spam	2026-01-15T01:00:00+00:00	rejected
0c52fdde-3dee-4058-ad9f-0786a9dbcfaa	2e5c96e3-bb26-411e-adcd-5c3b15a3021f	b44ecd65-661f-4987-88d0-a15343157854	\N	offensive caption	2026-01-07T05:37:58.132276+00:00	confirmed
acd17f96-4d63-47bc-9de3-a1634494bd4e	6614fb89-e352-453f-bd97-3f78bd376db2	dcf6f4c3-d275-4d67-a59c-2f86d9ed204b	\N	stolen photo	2026-01-07T08:59:58.245624+00:00	confirmed
\.
CREATE TABLE public."image_milestones" ("id" uuid, "image_id" uuid, "milestone_type" text, "milestone_value" integer, "reached_at" timestamptz);
COPY public."image_milestones" FROM STDIN;
d585e019-3340-4155-8b2e-119d61d76cd0	a5595ce1-9412-42c6-90d8-2448b9c46bea	views	100	2026-01-05T02:44:48.621929+00:00
166a3c61-1877-43a6-8b50-e4ae395f8f9e	6332a712-2b10-4854-9a58-0164e6489997	views	1000	2026-01-10T09:29:29.804955+00:00
ea208808-d8d7-405c-90da-68dcef11769b	66adb9f2-3ee6-42e6-b12f-19a045ad1f84	views	10	2025-12-21T12:37:24.896961+00:00
507a45f7-53b4-42c6-8c86-5a0c664208e0	f5e3e296-49a6-46ec-9a57-aa0a2cb172dd	views	10	2026-01-06T12:58:03.212844+00:00
7e64f92a-fe46-44e5-bcaf-c24cf5b3d784	691a292c-b07a-4df4-82d3-28a010dad4fa	views	10	2025-12-27T15:08:38.107526+00:00
453d4de2-95cd-4f4a-b676-69184aa3aff3	d870edde-d5bd-4352-a285-22a73d4ae255	views	10	2026-01-14T16:51:24.989282+00:00
bd1929b3-16c5-461f-b02f-dcbb2261d9ce	f279683f-6ac6-4762-a232-48176d1815f5	views	100	2025-12-29T17:13:36.030658+00:00
170ed5c8-27d7-4ef6-93dc-792b6c9bbda7	8d867f7c-59ff-4fa1-9537-606013a29631	views	10	2026-01-01T11:41:27.090900+00:00
88463e87-3f1d-4e82-bf45-921ab6d5e945	511b1613-ab6c-4ace-9fce-127752baa1db	views	10	2025-12-31T05:50:19.473700+00:00
cf113db2-c050-4a05-8684-35fdc34f3efb	ec986d49-b813-4b5d-bd7a-b278e41e1b62	views	10	2026-01-02T12:09:15.938148+00:00
18429647-84c0-45ad-a814-a5cc57d19956	e6802a7d-b35d-409b-8477-a5cd402cc28b	views	10	2025-12-22T15:42:25.309079+00:00
3e0efee4-871e-461e-9e3b-edc73f1c27eb	4c71acd7-0c8d-444a-bded-3214e643e863	views	1000	2025-12-20T04:48:06.836688+00:00
fa58f87c-36e8-4da4-a11d-285755578104	4a52f889-3167-4d82-acd5-efdd48d480ec	views	100	2026-01-12T20:49:33.043090+00:00
b928b5b6-355a-496d-ac75-5736527ab1e1	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	views	100	2025-12-23T13:18:55.066502+00:00
e27c53f2-616d-46d9-b8cf-bf12e06b8520	58000a7d-f5a3-4ff9-8de0-ffb6a67e6678	views	10	2025-12-31T04:31:17.566965+00:00
ffc49fc7-5003-4818-ba61-e0ed7a3ec58c	e27fd5a1-61fc-4f86-826b-d59ef29e05ca	views	10	2025-12-21T13:27:16.570746+00:00
bd9265db-75b2-489e-ab49-fce98ce138b7	f279683f-6ac6-4762-a232-48176d1815f5	views	10	2025-12-28T22:58:24.203665+00:00
175ec0f6-56f3-4250-9a39-63839bc08ba4	32975bf6-aae6-4b27-8672-d5862cb2ca04	views	10	2026-01-10T17:18:08.855088+00:00
d4565d92-d366-49dd-9163-4791acc447dd	79541ded-0bf8-4e7f-9609-05c3a2a1fcb7	views	10	2025-12-18T13:22:12.589250+00:00
c06e75c5-e3b4-4b24-ad35-2be38ad70412	871d8153-a291-4543-988f-56cd56537081	views	10	2025-12-30T23:45:18.887561+00:00
41243c87-8360-4112-92e3-74ceb6881674	f103aa07-5b28-4d42-8aab-25af5d1b7a0e	views	10	2025-12-20T21:49:16.000216+00:00
2283eabb-0bdc-48e9-b4a2-6721c907f9be	9d506fa9-66f6-47b7-b214-093be172cce1	views	10	2026-01-15T02:42:33.387032+00:00
ddad15fb-e9d2-41de-8b08-401a17137203	6ae60843-3253-4b90-ad5c-341e3c67d2e9	views	10	2025-12-22T22:02:52.146668+00:00
e65699b2-0757-4546-8893-0f1ef9543acd	691a292c-b07a-4df4-82d3-28a010dad4fa	views	100	2025-12-27T15:11:53.791719+00:00
c06e75c5-e3b4-4b24-ad35-2be38ad70412	871d8153-a291-4543-988f-56cd56537081	views	10	2025-12-30T23:45:18.887561+00:00
5bcc8361-b990-4221-ae3b-980713d6eec3	bc3ad4ba-6202-477a-a845-f55a64889214	views	10	2025-12-17T08:00:58.165329+00:00
211c45b1-75da-45f6-a064-9e7330820eda	5bdb2219-1fee-4923-bf23-2d965d07a645	views	100	2025-12-22T23:56:55.614807+00:00
42c11010-d058-45b1-b5b8-ccc3e28d8731	d3ac23b1-4b3a-44b7-8883-3352c465bfc3	views	10	2025-12-28T00:08:52.735819+00:00
1b9664ad-6adc-4627-96aa-cf5ef749e196	8cc25fe9-3c87-4c74-a8d8-b135c56d14a7	views	100	2026-01-15T05:47:24.874957+00:00
cac0956a-1145-43a4-b6fd-1e3802653d30	dcf6f4c3-d275-4d67-a59c-2f86d9ed204b	views	10	2026-01-07T09:09:44.768955+00:00
3624e638-1e72-4d25-aeb5-0e278203d30c	8ee8208f-e6b7-475f-9bfe-45c1fa6ade2c	views	10	2025-12-18T12:07:01.344841+00:00
c91c3158-441e-43dc-8f96-aee325947206	133fe7a3-2dda-4c44-8b3b-6aa81aecdde9	views	100	2025-12-20T22:11:35.253783+00:00
79bebaa1-5c40-43df-b908-ed72de46584e	4bc5f894-b87a-4b81-af98-3876d4f65562	views	10	2026-01-02T13:18:11.099562+00:00
e3a102c0-94ba-4e97-b8ab-e68f3733d1ac	2d1b07db-85db-4138-bbf6-80ad5e1e14db	views	100	2025-12-24T13:42:06.661440+00:00
5f74141c-4edd-486b-a2fe-4d9491a66a74	cf49d961-d3e6-4e74-8666-78bea13aef35	views	10	2025-12-17T21:33:41.665455+00:00
602e0426-5c8d-417a-ad7b-c63e056cb788	7556c856-d343-4858-8af3-ab30dec07936	views	10	2026-01-10T13:54:55.156865+00:00
eaae8236-6263-4ebd-b4a4-8c682d986e06	4d04c4b1-eced-4a3b-8507-3cfd9cb4bd93	views	10	2025-12-20T00:35:47.246455+00:00
2190a129-ad63-4963-9432-da07fe0e0403	499f0c6e-9298-4c30-8aba-620994e900bb	views	10	2025-12-26T23:36:00.585803+00:00
7f46ac18-7d22-432b-b031-f7ce6a57ea49	ed3325a9-92a0-456b-a741-d741d82bacbf	views	10	2025-12-17T19:53:06.213005+00:00
ede26255-8941-401f-af6d-cabf3f2389b1	02ce114e-45e1-40e1-b123-91512a967460	views	10	2025-12-26T18:56:38.156871+00:00
12a53fa5-46d8-466a-ba9a-99776923737b	2d1b07db-85db-4138-bbf6-80ad5e1e14db	views	10	2025-12-24T13:29:42.187088+00:00
1a40be40-0c86-4bc3-97c7-0da446ee5549	2a172bb5-f4e7-46f9-97fa-c21826376ebc	views	10	2025-12-26T19:46:24.168086+00:00
adab77e0-a750-443e-b9c3-e6ce78fbf0ab	9576d262-293d-4669-92d8-65575cae9c6b	views	10	2026-01-02T06:48:18.289210+00:00
75f8f06c-80f5-4b09-b39e-b964b03ba6b3	c1e00e74-ef25-47f4-81c1-ee0f2a8419ee	views	10	2026-01-04T17:37:51.433735+00:00
caf31637-62a4-47e1-912b-e68bc1371738	fe7c476c-0d38-4f2f-9320-658167e263f9	views	10	2026-01-08T14:03:58.012134+00:00
411a1344-522a-4f34-adc3-312867edb7b3	4c71acd7-0c8d-444a-bded-3214e643e863	views	10	2025-12-19T15:56:43.503312+00:00
8ebcf96d-4e24-49d4-b75a-6c5fa583236b	00a410d7-7eb1-4e0f-ae5c-2ee634d269be	views	10	2025-12-20T05:15:31.997985+00:00
d701f3e1-f1fe-48ad-9057-494f2e969861	d351a7bb-15f0-47fd-be33-6f2a24f23810	views	10	2026-01-10T10:42:24.061424+00:00
1c20f904-0859-4dc7-832f-49c0e4f4ed1d	75e9a14c-0d5b-4543-b404-cd5de1af0e64	views	100	2026-01-15T05:32:57.374651+00:00
cd9752bc-1eea-48ca-ad36-389129a6b809	6332a712-2b10-4854-9a58-0164e6489997	views	10	2026-01-09T19:44:42.494260+00:00
350cf5a1-a7a9-4552-a00c-2466164c395e	10241516-6bf0-4bdf-9296-140acc01811c	views	10	2026-01-10T01:35:37.995003+00:00
caa3a899-0cb0-4971-8503-9530be87780e	6d5cbf54-6327-416b-b47e-e0674ed21719	views	10	2025-12-27T00:58:43.511100+00:00
fb1af4bb-ccf1-4589-a28a-79f7c04f5e9c	6efeed90-4480-44dc-835e-c4e30114ff5a	views	100	2025-12-18T18:51:50.430004+00:00
505a9e5e-5e7e-4e3a-9d63-bf0d2be30fe6	e40b9a91-a527-478b-9d43-9100fd420ffa	views	10	2025-12-29T21:01:16.487683+00:00
0db86ba3-c2f5-43fc-953b-2d945a99867d	4587e281-4c57-43fb-8a11-658d1eca58eb	views	10	2025-12-17T11:09:38.749074+00:00
c81d87b8-d7bf-4b41-96f3-6a9054167a76	7ced3601-1e12-48ae-bda4-5cdf010d1e3d	views	10	2025-12-21T18:51:13.029358+00:00
6330497b-9140-4a20-b6a2-f943222d2d9f	2bbce7a7-cf31-46ad-93fc-8e6041111a33	views	10	2026-01-13T18:02:11.674610+00:00
ed16468d-1459-45af-b5f2-9f0735d5286a	712b0a91-d9f6-4f9a-8743-d3c0c2a9e581	views	100	2025-12-29T01:09:56.369308+00:00
12b87233-95d9-49df-be5a-aa87897a3c6f	5e522514-3a0d-46e7-b776-de4ba0877da1	views	10	2026-01-12T23:00:57.862620+00:00
4983efa2-cc08-46cc-90a7-7b73d1235664	7585899e-1eb9-48fb-9afa-d35e8c0dceeb	views	100	2025-12-24T04:58:48.882172+00:00
9937adce-cba2-4049-8f23-b6e76f41e1db	1f9e37c6-707f-46c3-8d08-d6d510ee022b	views	10	2025-12-31T20:27:39.830032+00:00
7aa2603a-0808-4138-b37b-a6e20835deb6	cf49d961-d3e6-4e74-8666-78bea13aef35	views	100	2025-12-17T21:37:04.403252+00:00
5c4a3762-1197-4be1-a521-57fb6ff75c39	8422168e-322a-456a-be39-9289a857eb8d	views	10	2025-12-27T13:49:56.453046+00:00
aeaf3c91-e5a4-486c-a44b-16eeb6e0e57a	78cd2640-1028-474a-8a75-e1f707d5ce7c	views	10	2026-01-12T10:28:31.175017+00:00
cf1e7113-7329-432c-8271-f53ae45a38cc	62e63015-563a-4d67-a439-3234365bd60b	views	10	2025-12-17T06:10:19.417873+00:00
6536eb4e-48b5-42a2-a6a0-5602b234c9cb	4643dc6a-6b05-4129-828a-2bf2b3bf0976	views	100	2026-01-04T21:25:40.634448+00:00
78f9de08-5de3-491c-840e-f4b013212ce4	fffd777e-14fa-4211-8870-5988ebd14adf	views	10	2025-12-31T12:27:27.268461+00:00
555a3a42-bcd3-4c53-8345-2e090a853e21	055dfc3a-ea8d-4f3b-927a-041f804adf08	views	10	2026-01-14T04:31:06.065040+00:00
4cd52a4f-f130-40c8-b51c-eebb17368e33	2bbce7a7-cf31-46ad-93fc-8e6041111a33	views	100	2026-01-14T18:59:48.284925+00:00
fdfb08ad-de9a-41c0-abeb-09b939416375	5bdb2219-1fee-4923-bf23-2d965d07a645	views	10	2025-12-22T12:06:57.525768+00:00
568cb4e3-1c53-4c96-8c3e-5c34e92f717c	cc84df7f-7956-4c89-8e54-6e9745415d33	views	10	2026-01-11T08:02:11.810764+00:00
bf7c80ec-1419-4581-802d-43c388737613	4a52f889-3167-4d82-acd5-efdd48d480ec	views	10	2026-01-12T19:22:26.477791+00:00
970da962-36fb-4600-ba78-ea87c4b44771	51dcb659-5dc9-43ff-ae21-13176fa1c89d	views	10	2026-01-14T00:04:44.640332+00:00
5eb1a1cb-1cf0-4745-be39-5521e0acc5e4	7ced3601-1e12-48ae-bda4-5cdf010d1e3d	views	100	2025-12-22T08:02:39.082202+00:00
709156ee-ebf4-4717-8677-f677f6f6e3b4	d351a7bb-15f0-47fd-be33-6f2a24f23810	views	100	2026-01-11T06:36:56.471876+00:00
8e1247b6-6101-48d2-83ce-fcd2cedbaf8e	0016c33a-1706-4d84-84c7-3e3b1dc2f183	views	10	2025-12-25T20:10:06.535171+00:00
66f1c893-e404-4c76-be31-b886fc7a8c25	9d506fa9-66f6-47b7-b214-093be172cce1	views	100	2026-01-15T04:28:23.784342+00:00
ca0f266a-a442-47e2-be55-0c914b6f4071	cf49d961-d3e6-4e74-8666-78bea13aef35	views	1000	2025-12-18T08:23:15.337604+00:00
0dd44ac3-1502-4d57-8afa-00ba6a09a761	dbf8486a-6ac3-4fbc-add6-d8d5e84783d3	views	10	2026-01-05T12:14:36.594331+00:00
85b5b571-93dd-423a-a151-5579bb05bc1a	fb4bfc57-3efb-4b5c-a8fd-1bf2761d8a4c	views	10	2026-01-06T14:38:09.254363+00:00
13c3c3eb-6e34-4711-9f44-a910812c9cdd	ddbbd355-c6ba-40a7-8fc4-3c813039a858	views	10	2026-01-06T19:36:11.484026+00:00
169d0ac9-1727-4526-bdaa-b213b852dae3	95fc8308-9d0f-4874-a7ca-8a3191ca2465	views	10	2025-12-25T15:02:15.382094+00:00
4b2fbff6-21a1-4fa2-97eb-75cf2b43561e	21542b82-a5e3-4389-a21a-82976caf202c	views	10	2025-12-19T17:13:11.746451+00:00
34e2b78c-70ea-4445-9305-fb3d294c1c59	529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	views	10	2025-12-25T12:40:23.759291+00:00
7932bbae-e726-4464-a965-7e922a8d39a4	248896f4-21d5-4667-9390-9c4e142eb178	views	10	2025-12-23T20:53:48.540153+00:00
f8712c67-1105-4dc1-9fda-0904c3501e41	1ff5080b-1145-4165-8c90-c27d5b114497	views	10	2025-12-30T14:34:51.885021+00:00
16bffaba-24f7-466e-8de8-ef21869f89ec	c4b2a60d-a3b7-415f-bf7a-ca9a8bac4b19	views	10	2026-01-10T19:28:43.291364+00:00
3b764ed9-be55-44bc-82ca-bf08f88f7259	529dfa49-84b1-4d81-90a5-8b4bc2d23bb6	views	100	2025-12-26T06:02:39.661029+00:00
98d2289f-e0cc-40e2-a746-8c873bab0408	ae400aff-9bbf-42f5-83e0-5f3bd7917ebc	views	10	2025-12-27T22:14:44.235409+00:00
88463e87-3f1d-4e82-bf45-921ab6d5e945	511b1613-ab6c-4ace-9fce-127752baa1db	views	10	2025-12-31T05:50:19.473700+00:00
b5d92435-48b7-4494-a687-aa1939f1ecee	ad317d6d-c77c-48ef-b38d-0587bca41a5c	views	10	2025-12-25T03:49:19.903145+00:00
b73848fa-bfaf-4067-a7d3-2a10a1498a8a	7585899e-1eb9-48fb-9afa-d35e8c0dceeb	views	10	2025-12-24T01:31:41.508232+00:00
0359318e-f6c3-4a94-b578-c64a86515708	a41cd8be-7da4-43dc-b546-ac8a8d8da810	views	10	2025-12-20T17:33:20.877410+00:00
29ab909b-7163-4ec5-976e-6a0584171492	a2d75d11-29cf-4c5d-88cc-0bb569800cc6	views	10	2026-01-03T19:20:03.509714+00:00
475e22e8-6d85-4ff3-9a16-048b90e3084d	783791ec-a5fa-43f0-b7a4-f294d55d2255	views	10	2026-01-07T18:10:12.612596+00:00
2d376836-29b6-4b77-a14a-93cac1f9af12	7d6c2cc9-c298-4cab-afd2-93e81ad0e538	views	10	2025-12-18T21:42:59.985476+00:00
43de31ef-cd9d-4138-ac50-679352fbed2d	8ebedb67-6043-47a1-a546-a54fb45c19a3	views	10	2025-12-17T06:15:11.642430+00:00
0a1c5d2c-8d8f-4ec9-9243-a27415d338f3	8cc25fe9-3c87-4c74-a8d8-b135c56d14a7	views	10	2026-01-15T05:41:30.424936+00:00
1b0cef8b-1e10-42a1-9fa2-874b0359c15a	133fe7a3-2dda-4c44-8b3b-6aa81aecdde9	views	10	2025-12-20T21:09:01.408731+00:00
90ae963f-3092-4f69-93c8-1cb40fc30d6d	6efeed90-4480-44dc-835e-c4e30114ff5a	views	10	2025-12-18T08:25:42.014397+00:00
fc780221-ffe9-4294-bc9a-d64ed6861246	4643dc6a-6b05-4129-828a-2bf2b3bf0976	views	10	2026-01-04T11:01:53.823999+00:00
37c2fe34-0eea-47f8-b3ea-f1853358270f	bdc17d1a-a4ff-4d30-8cf0-bcb4cb1dbcec	views	100	2026-01-15T10:11:48.704985+00:00
7d092fd8-e709-483e-9c4a-810b612f5252	266ab386-1bf5-497f-a98f-00b6e9067a53	views	10	2026-01-03T19:30:53.928790+00:00
5025f0b8-477a-4c80-bffe-ca366c0d7e52	74ad810b-86b9-4fc6-80c1-0c25266a60d8	views	10	2026-01-09T21:29:04.757415+00:00
eae0989d-53de-4548-838b-4177ae365a12	712b0a91-d9f6-4f9a-8743-d3c0c2a9e581	views	10	2025-12-28T18:56:35.282771+00:00
303caf28-9cb6-4ba4-8284-aa286729ba11	a5595ce1-9412-42c6-90d8-2448b9c46bea	views	10	2026-01-04T20:56:53.597155+00:00
3235da69-99b4-47a5-9c64-368d41fba873	b368e6ea-2482-4295-855e-0ea5e379873a	views	10	2025-12-27T20:30:43.465204+00:00
18f25746-333f-413c-9299-ce3cb7d9e4ac	79fcac43-d86c-4c76-bf43-14a72a196c21	views	10	2026-01-12T14:36:30.674268+00:00
1dacd6c3-791a-42e9-bb33-7077636f2866	bdc17d1a-a4ff-4d30-8cf0-bcb4cb1dbcec	views	10	2026-01-15T00:44:00.726875+00:00
79d502c8-6264-4b84-b10c-1beba8e5e44c	ef8b35cc-0123-4092-b6d1-5f8a3ad68fe7	views	10	2025-12-17T18:27:28.778846+00:00
cb8d9960-c5aa-4a9b-8276-e057c54e6630	691a292c-b07a-4df4-82d3-28a010dad4fa	views	1000	2025-12-28T09:35:03.225757+00:00
ca5ab252-76ec-4c10-a7dc-a8a291d6d004	ebe07836-e708-4d4b-ab0d-443f8fcaa0ee	views	10	2025-12-20T20:05:58.678943+00:00
fef4362d-e0d9-4341-b593-59f1a66944d5	d07cfa7c-8e0d-4455-b571-d88277e7dfd7	views	10	2025-12-22T17:30:57.384137+00:00
87f4b9b2-15b2-411c-8b70-41f23e4b0dbc	783791ec-a5fa-43f0-b7a4-f294d55d2255	views	100	2026-01-07T22:55:45.396271+00:00
8e72ef5e-7ad7-4df1-b070-b8160a9091c2	75e9a14c-0d5b-4543-b404-cd5de1af0e64	views	10	2026-01-13T21:00:34.806374+00:00
2e91f8d9-6559-41e0-b367-64a78a95125c	26acf515-7c4a-47f9-84fe-decbae56a6b7	views	10	2026-01-15T09:46:36.002208+00:00
c22b232a-e2b4-4e3a-8ad6-64ac5ecb5cfa	e40b9a91-a527-478b-9d43-9100fd420ffa	views	100	2025-12-30T07:02:43.000696+00:00
72ce053e-37cd-48a7-95f4-641af3591195	6332a712-2b10-4854-9a58-0164e6489997	views	100	2026-01-09T19:47:23.640395+00:00
31188d40-40a7-4ee2-8211-07233dccabac	4c71acd7-0c8d-444a-bded-3214e643e863	views	100	2025-12-19T15:59:28.399801+00:00
95bec443-e84c-4e6f-87aa-3a2664893f65	a0dc4eae-14a3-45e3-a221-6cf09202abeb	views	10	2026-01-09T22:48:30.598638+00:00
f3c78905-e546-4d08-b5af-42314e53c5f6	7d6c2cc9-c298-4cab-afd2-93e81ad0e538	views	100	2025-12-20T03:01:57.059747+00:00
d0f3154a-3d86-466b-a913-301df9f6b92f	4dba9bbe-0bcb-4c62-ab10-d6b5bd90f2cc	views	10	2025-12-23T11:34:04.230329+00:00
f88337aa-febf-4ceb-9dbd-4f065ab572af	91020b62-9580-4e18-9366-ff1475dd481a	views	10	2026-01-07T07:56:43.046648+00:00
5937f490-38a7-4298-95b8-00b486246c21	72aced6b-e9cd-4698-a81a-c40d3b7bd20d	views	10	2026-01-14T00:18:57.954994+00:00
f096ff2b-ec0d-4409-b2c8-ef708c03a84f	0fe17da6-7a92-4986-88dd-f1d5ace096d6	views	10	2025-12-25T21:36:45.868948+00:00
4be11857-af5c-4cea-ad9b-5633ddb2814d	947597ec-75df-48b2-91e2-a5b1079e9169	views	10	2025-12-31T11:46:23.896433+00:00
dd1f8edd-c878-45c5-b71e-b3099a9637c2	5222f3e8-97a4-4954-af92-e083cd0bd1b2	views	10	2025-12-20T21:22:45.133548+00:00
4c689107-218d-4f13-b4ed-6cfe7e2fce1d	4a4caa54-600d-4462-8fe6-f64ddd1f9fd3	views	10	2025-12-29T17:45:09.067808+00:00
2f1f29f5-1941-4e33-bd73-0c8a37323b1d	8f3100e3-8d7c-46cd-92ab-1bc994919e70	views	10	2025-12-28T07:32:46.932579+00:00
b52aae2d-0c62-40e4-a7e2-0e011d34a56c	f406d6ed-3cfc-496d-8c90-8df9d38eb872	views	10	2026-01-14T02:47:18.918161+00:00
a35ce652-511b-4506-a6db-f63fae6021f3	f32d848c-7fb6-4d59-96bb-d2c4df87f573	views	10	2025-12-20T22:01:10.470903+00:00
174e236c-f233-49f6-bb30-24795344681c	b1b9b89f-9317-4820-87d7-cddb5cd664fd	views	10	2025-12-30T11:29:34.550624+00:00
caf31637-62a4-47e1-912b-e68bc1371738	fe7c476c-0d38-4f2f-9320-658167e263f9	views	10	2026-01-08T14:03:58.012134+00:00
7b93f2ae-5b29-4ce1-9f9b-b9d8cf137113	d870edde-d5bd-4352-a285-22a73d4ae255	views	100	2026-01-14T22:40:37.865851+00:00
\.
