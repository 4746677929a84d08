-- Whose a booking is, so that listing an ISV's bookings looks at no other's. One of which nothing is
-- remembered but that it was made has no ISV, and is in no list.
ALTER TABLE booking ADD COLUMN isv_id INTEGER REFERENCES isv;

UPDATE booking SET isv_id = (SELECT pov.isv_id FROM pov WHERE pov.pov_id = coalesce(
    (SELECT pov_id FROM appointment WHERE appointment_id = booking.appointment_id),
    (SELECT pov_id FROM cancelled_appointment WHERE appointment_id = booking.appointment_id)));

CREATE INDEX booking_listed ON booking (isv_id, vaccine_id, changed_at)
    WHERE vaccine_id IS NOT NULL;
