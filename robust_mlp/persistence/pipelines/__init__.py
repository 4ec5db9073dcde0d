"""Conversion of scikit-learn's pipelines that end in one of our classifiers."""
