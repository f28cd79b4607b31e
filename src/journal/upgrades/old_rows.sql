-- For tests: what a file of the first schema may hold.
INSERT INTO centre (id, code, name) VALUES (1, 'c1', 'one');
INSERT INTO station (id, centre_id, code, name) VALUES (1, 1, 'c1-s1', 'seat');
INSERT INTO person (id, centre_id, name, sex, birth_date, added_at_ms) VALUES (1, 1, 'p', 'female', '1943-05-01', 0);
INSERT INTO device (id, name, label, kind, centre_id, station_id, in_service_since_ms)
    VALUES (1, 'cuff-1', 'cuff', 'cuff', 1, 1, 0);
INSERT INTO frame (id, transport, source, topic, payload, payload_bytes, payload_sha256, sealed,
                   received_at_ms, retained, may_be_late, outcome, reason, device_id, settled_at_ms)
    VALUES (7, 'embedded_mqtt', 's', 't', x'00', 1, x'00', 0, 1000, 0, 0, 'readings', '', 1, 1000);
INSERT INTO reading (id, frame_id, device_id, kind, systolic_mmhg, diastolic_mmhg, marks, from_memory,
                     received_at_ms, identity)
    VALUES (8, 7, 1, 'blood_pressure', '132', '82', '', 0, 1000, x'01'),
           (9, 7, 1, 'blood_pressure', '134', '84', '', 0, 2000, x'02');
INSERT INTO observation (id, reading_id, kind, taken_at_ms, uncertainty_s, time_method, person_id, basis,
                         unclaimed_reason)
    VALUES (10, 8, 'blood_pressure', 1000, 2, 'received_live', 1, 'card_in_message', NULL),
           (11, 9, 'blood_pressure', 2000, 2, 'received_live', NULL, NULL, 'no_claim');
INSERT INTO account (id, login, password_hash, role, added_at_ms) VALUES (3, 'admin', 'x', 'admin', 0);
INSERT INTO session (token_sha256, account_id, opened_at_ms, seen_at_ms) VALUES (x'05', 3, 0, 0);
