"""Crawls by the clock: scheduler and worker, notices and their channels, metrics, units for systemd and cron."""
