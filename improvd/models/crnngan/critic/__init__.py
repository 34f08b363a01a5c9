"""What tells real songs from imagined ones while a generator learns; it does not play."""
