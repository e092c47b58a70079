"""The model as one thing: additive members, a calibration map, and the JSON it is saved as."""
