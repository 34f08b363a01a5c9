"""Music -> datasets: files are read, melodies encoded, some held out."""
