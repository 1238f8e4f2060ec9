"""What runs did and how sites fare: timetable, verdict, health, report page, doctor."""
