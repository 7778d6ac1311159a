"""What is done to a Keras model by torch: all that loads torch."""
